"""The plots of a document: what each method reached, and ours against the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from studio.services.study.document import Document
from studio.services.study.methods import OURS
from studio.services.study.plots import Colours, Dot, Shares, dot_plot, share_plot
from studio.services.study.scoring import MEASURES
from studio.services.study.words import title_of

#: Makes the SVG in some colours.
Drawing = Callable[[Colours], str]


def method_plots(document: Document, side: str) -> Iterator[Drawing]:
    """One plot a measure: the mean of each method with its interval."""
    for measure in MEASURES:
        rows = [
            Dot(
                title_of(mean["method"], side),
                mean["mean"],
                _known(mean["low"]),
                _known(mean["high"]),
                "ours" if mean["method"] == OURS.name else "other",
            )
            for mean in document["means"]
            if (mean["side"], mean["measure"]) == (side, measure.name) and not isinstance(mean["mean"], str)
        ]
        if rows:
            yield partial(dot_plot, measure.title, rows)


def share_plots(document: Document, side: str) -> Iterator[Drawing]:
    """One plot a measure: the share of neurons on which ours is better, the same, or worse."""
    for measure in MEASURES:
        rows = [
            Shares(f"than {_lower(title_of(c['other'], side))}", c["better"], c["same"], c["worse"])
            for c in document["contrasts"]
            if (c["side"], c["measure"]) == (side, measure.name) and "why" not in c
        ]
        if rows:
            yield partial(share_plot, f"{measure.title}: neurons on which ours is better", rows)


def _known(value: Any) -> float | None:
    return None if isinstance(value, str) else value


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
