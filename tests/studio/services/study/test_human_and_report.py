"""Ratings of people, and the report: nothing undefined becomes a number, no text becomes markup."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.domain.agreement import krippendorff_alpha, raw_agreement
from studio.domain.annotation import Label
from studio.services.study import report_parts
from studio.services.study.document import plain
from studio.services.study.human import Human, human
from studio.services.study.plots import CSS, Dot, Shares, dot_plot, nice_ticks, share_plot
from studio.services.study.report import html
from studio.services.study.words import findings, interval, number, probability

ANNOTATORS = ("Ada", "Bo", "Cy")


def labels(table: list[list[int | None]]) -> list[Label]:
    """`table[annotator][neuron]`."""
    return [
        Label(neuron, ANNOTATORS[who], rating=rating)
        for who, row in enumerate(table)
        for neuron, rating in enumerate(row)
        if rating is not None
    ]


def as_json(people: Human) -> dict[str, Any]:
    pairs = [{"one": a, "two": b, **plain(estimate)} for (a, b), estimate in people.kappa.items()]
    return {**plain(people), "kappa": pairs, "enough": people.enough}


def test_three_annotators() -> None:
    rng = np.random.default_rng(2)
    truth = rng.integers(1, 6, 40)
    table = [np.clip(truth + rng.integers(-1, 2, 40), 1, 5).tolist() for _ in ANNOTATORS]
    found = human(labels(table))
    assert found.enough
    assert found.ordinal.value == pytest.approx(krippendorff_alpha(table, "ordinal", (1, 2, 3, 4, 5)))
    assert found.nominal.value == pytest.approx(krippendorff_alpha(table, "nominal"))
    assert found.raw.value == pytest.approx(raw_agreement(table))
    assert found.ordinal.low < found.ordinal.value < found.ordinal.high
    assert set(found.kappa) == {("Ada", "Bo"), ("Ada", "Cy"), ("Bo", "Cy")}
    assert found.mean == pytest.approx(np.mean(table))
    assert found.over_annotators == pytest.approx(np.std(np.mean(table, axis=1), ddof=1))
    assert found.within == pytest.approx(np.std(table, axis=0, ddof=1).mean())


def test_one_annotator_and_constant_ratings_are_undefined() -> None:
    alone = human(labels([[4, 5, 3]]))
    assert "only one annotator" in str(alone.ordinal.value)
    assert "only one annotator" in str(alone.over_annotators)
    assert alone.mean == 4
    constant = human(labels([[5, 5, 5], [5, 5, 5], [5, 5, 5]]))
    assert "same" in str(constant.ordinal.value)
    assert constant.raw.value == 1
    assert "nobody" in str(human([]).mean)


ratings = st.lists(st.lists(st.none() | st.integers(1, 5), min_size=4, max_size=4), min_size=0, max_size=3)


@settings(max_examples=25, deadline=None)
@given(ratings)
def test_no_table_gives_a_number_that_is_none(table: list[list[int | None]]) -> None:
    found = as_json(human(labels(table)))
    json.dumps(found, allow_nan=False)
    assert not re.search(r"\bnan\b", "".join(report_parts.people(found)), re.IGNORECASE)


def test_texts_of_the_data_are_no_markup() -> None:
    found = as_json(human([Label(0, "<script>x</script>", rating=3), Label(0, "B & C", rating=4)]))
    page = "".join(report_parts.people(found))
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "B &amp; C" in page


ends = st.floats(-1e6, 1e6, allow_nan=False)


@given(ends, ends)
def test_ticks_cover_the_range(one: float, two: float) -> None:
    low, high = sorted((one, two))
    ticks = nice_ticks(low, high)
    slack = 1e-6 * max(1.0, abs(low), abs(high))
    assert ticks[0] <= low + slack
    assert ticks[-1] >= high - slack
    assert 2 <= len(ticks) <= 12
    assert np.allclose(np.diff(ticks), ticks[1] - ticks[0])


def test_plots_put_values_where_they_belong() -> None:
    rows = [Dot("a <b>", 0.25, 0.2, 0.3, "ours"), Dot("b", 0.75, None, None, "other")]
    svg = ElementTree.fromstring(dot_plot("Plot", rows, CSS))
    name = "{http://www.w3.org/2000/svg}"
    one, two = (float(c.get("cx", "")) for c in svg.iter(f"{name}circle"))
    assert one < two
    assert [t.text for t in svg.iter(f"{name}text")].count("a <b>") == 1
    bars = ElementTree.fromstring(share_plot("Plot", [Shares("a", 3, 1, 0)], CSS)).iter(f"{name}rect")
    widths = [float(bar.get("width", "")) for bar in bars]
    assert widths[0] == pytest.approx(3 * widths[1], abs=0.3)
    assert widths[2] == 0


def test_numbers_in_words() -> None:
    assert [number(-0.0001), number(-1.5, 1), number(None), number(1234)] == ["0.000", "−1.5", "–", "1,234"]
    assert [probability(0.0), probability(0.04)] == ["< 0.001", "0.040"]
    assert interval("undefined: why", "undefined: why") == "undefined: why"


def test_findings_say_the_direction_and_each_reason_once() -> None:
    row = {
        "side": "image", "measure": "alignment", "other": "random", "n": 10, "difference": -0.5, "low": -0.6,
        "high": -0.4, "t_q": 0.01, "better": 2, "worse": 8,
    }  # fmt: skip
    missing = {"side": "image", "other": "no-text", "why": "undefined: it is the same"}
    said = findings([row, row | {"t_q": 0.4}, *({**missing, "measure": m} for m in ("alignment", "place"))])
    assert len(said) == 3
    assert "lower than “random evidence” by 0.500" in said[0]
    assert "no clear difference" in said[1]
    assert said[2].endswith("was not compared with ours: it is the same.")


class Balance(HTMLParser):
    """Raises AssertionError where a tag is closed that was not the last one opened."""

    VOID = ("meta", "br", "circle", "line", "rect")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.open += [] if tag in self.VOID else [tag]

    def handle_endtag(self, tag: str) -> None:
        assert tag in self.VOID or self.open.pop() == tag


def test_the_report_is_whole_and_needs_nothing_beside_it() -> None:
    means = [
        {"side": "image", "measure": "alignment", "method": method, "n": 3, "mean": 0.5, "low": 0.4,
         "high": 0.6, "deviation": 0.1, "over_runs": "undefined: one run has no spread"}
        for method in ("ours", "random")
    ]  # fmt: skip
    contrast = dict.fromkeys(("n", "better", "same", "worse"), 3) | dict.fromkeys(
        ("difference", "low", "high", "effect", "t_p", "t_q", "wilcoxon_p", "wilcoxon_q"), 0.01
    )
    place = {"side": "image", "measure": "alignment", "other": "random", "relative": "undefined: why"}
    settings = {"aligner": "clip", "methods": ["ours", "random"]}
    made = dict.fromkeys(
        ("project", "model", "model_revision", "dtype", "layer", "sae", "hookpoint", "data", "aligner",
         "aligner_hash", "bank_hash"), ""
    )  # fmt: skip
    made |= {"sae_files": {}, "bank_size": 3, "held_out": {"0": "abc"}, "versions": {"numpy": "2"}}
    made |= {"settings": settings, "explainer": {"name": "vocabulary"}}
    document = {
        "version": 1, "made": "2026-01-01T00:00:00+00:00", "title": "<b>", "methods": ["ours", "random"],
        "runs": [0], "neurons": {"image": 3, "text": 0}, "means": means, "contrasts": [contrast | place],
        "human": as_json(human([])), "provenance": made,
    }  # fmt: skip
    page = html(document)
    parser = Balance()
    parser.feed(page)
    assert parser.open == []
    assert "&lt;b&gt;" in page
    assert not re.search(r"<script|<link|src=|@import|url\(|https?://(?!www.w3.org/2000/svg)", page)
    assert "Fewer than three runs" in page
