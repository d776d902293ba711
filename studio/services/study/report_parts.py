"""The tables of the report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from studio.services.study.document import Document
from studio.services.study.methods import OURS
from studio.services.study.words import (
    findings,
    interval,
    measure_title,
    number,
    percent,
    probability,
    title_of,
)

Cells = Sequence[str]
UNKNOWN = "not recorded"


def table(caption: str, head: Cells, rows: Iterable[tuple[str, Cells]], names: int = 2) -> str:
    """A table; `rows` are (class, cells), the first `names` columns are texts."""
    top = "".join(f'<th scope="col"{_kind(i, names)}>{escape(cell)}</th>' for i, cell in enumerate(head))
    body = "".join(
        f'<tr class="{kind}">' + "".join(_cell(i, cell, names) for i, cell in enumerate(cells)) + "</tr>"
        for kind, cells in rows
    )
    return (
        f'<div class="table"><table><caption>{escape(caption)}</caption><thead><tr>{top}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def means(document: Document, side: str) -> str:
    """What each method reached."""
    head = ("Measure", "Method", "n", "Mean", "95 % interval", "SD over neurons", "SD over runs")
    rows = [
        (
            "ours" if mean["method"] == OURS.name else "",
            (
                measure_title(mean["measure"]), title_of(mean["method"], side), number(mean["n"]),
                number(mean["mean"]), interval(mean["low"], mean["high"]),
                number(mean["deviation"]), number(mean["over_runs"], 4),
            ),
        )
        for mean in document["means"]
        if mean["side"] == side
    ]  # fmt: skip
    return table("Each method. n counts neurons; SD is the standard deviation.", head, rows)


def contrasts(document: Document, side: str) -> str:
    """Ours against the others."""
    head = (
        "Measure", "Ours minus", "n", "Difference", "95 % interval", "Relative", "Effect d", "t-test p",
        "t-test q", "Wilcoxon p", "Wilcoxon q",
    )  # fmt: skip
    found = [contrast for contrast in document["contrasts"] if contrast["side"] == side]
    rows = [("", _contrast(contrast)) for contrast in found if "why" not in contrast]
    left = findings(contrast for contrast in found if "why" in contrast)
    said = "".join(f'<p class="muted">{escape(text)}</p>' for text in left)
    caption = (
        "Ours minus each other method, paired by neuron. Relative: the difference over the other's mean. "
        "Effect: Cohen's d of the differences."
    )
    return table(caption, head, rows) + said


def _contrast(contrast: Mapping[str, Any]) -> Cells:
    return (
        measure_title(contrast["measure"]), title_of(contrast["other"], contrast["side"]),
        number(contrast["n"]), number(contrast["difference"]),
        interval(contrast["low"], contrast["high"]), percent(contrast["relative"]),
        number(contrast["effect"], 2), probability(contrast["t_p"]), probability(contrast["t_q"]),
        probability(contrast["wilcoxon_p"]), probability(contrast["wilcoxon_q"]),
    )  # fmt: skip


def people(human: Mapping[str, Any]) -> Iterable[str]:
    """Ratings and agreement."""
    yield (
        "<p>Ratings from 1 to 5 of the project's own concepts, on the top ten examples. The other methods' "
        "names were not rated by people.</p>"
    )
    if not human["raters"]:
        yield "<p>Nobody has rated yet. Rate neurons in the review (keys 1 to 5) and run the study again.</p>"
        return
    rows = [
        (
            "",
            (rater["annotator"], number(rater["n"]), number(rater["mean"], 2), number(rater["deviation"], 2)),
        )
        for rater in human["raters"]
    ]
    yield table("Annotators", ("Annotator", "Rated", "Mean", "SD"), rows, names=1)
    yield (
        f"<p>Mean over {human['neurons']:,} neurons: {escape(number(human['mean'], 2))} (95 % interval "
        f"{escape(interval(human['low'], human['high'], 2))}). SD of the annotators' means: "
        f"{escape(number(human['over_annotators'], 2))}. Mean SD between the ratings of one neuron: "
        f"{escape(number(human['within'], 2))}.</p>"
    )
    yield table(
        f"Agreement on {human['shared']:,} neurons that two or more have rated; intervals by bootstrap over "
        "neurons",
        ("Coefficient", "Value", "95 % interval"),
        _agreement(human),
        names=1,
    )


def _agreement(human: Mapping[str, Any]) -> Iterable[tuple[str, Cells]]:
    found = [
        ("Krippendorff's alpha, ordinal", human["ordinal"]),
        ("Krippendorff's alpha, nominal", human["nominal"]),
        ("Raw agreement", human["raw"]),
        *((f"Cohen's kappa, {pair['one']} and {pair['two']}", pair) for pair in human["kappa"]),
    ]
    for name, estimate in found:
        value, ends = number(estimate["value"]), interval(estimate["low"], estimate["high"])
        yield "", (name, value, "–" if value == ends else ends)


def made_with(document: Document) -> str:
    """Models, data, seeds and hashes."""
    made = document["provenance"]
    rows = [
        ("Model", _joined(made["model"], made["dtype"])),
        ("Layer", "" if made["layer"] is None else str(made["layer"])),
        ("Model commit", made["model_revision"] or "none: the model is a folder"),
        ("SAE", _joined(made["sae"], made["hookpoint"])),
        *((f"SAE file {name}", digest) for name, digest in made["sae_files"].items()),
        ("Data", made["data"]),
        ("Encoder", f"{made['aligner']} ({made['aligner_hash']})"),
        ("Concept bank", f"{made['bank_size']:,} phrases, {made['bank_hash']}"),
        ("Explainer", ", ".join(f"{name} {_said(value)}" for name, value in made["explainer"].items())),
        *((f"Held out in run {run}", digest) for run, digest in made["held_out"].items()),
        ("Settings", ", ".join(f"{name} {_said(value)}" for name, value in made["settings"].items())),
        ("Versions", ", ".join(f"{name} {version}" for name, version in made["versions"].items())),
        ("Project", made["project"]),
    ]
    body = "".join(
        f'<tr><th class="name" scope="row">{escape(name)}</th>'
        f'<td class="words hash">{escape(str(value) or UNKNOWN)}</td></tr>'
        for name, value in rows
    )
    return f'<div class="table"><table><tbody>{body}</tbody></table></div>'


def _joined(*parts: Any) -> str:
    return ", ".join(str(part) for part in parts if part)


def _said(value: Any) -> str:
    if isinstance(value, Mapping):
        return " ".join(map(str, value.values()))
    return "/".join(map(_said, value)) if isinstance(value, list | tuple) else str(value) or "–"


def _cell(place: int, text: str, names: int) -> str:
    tag = "th" if place == 0 else "td"
    scope = ' scope="row"' if place == 0 else ""
    return f"<{tag}{scope}{_kind(place, names)}>{escape(text)}</{tag}>"


def _kind(place: int, names: int) -> str:
    return ' class="name"' if place < names else ""
