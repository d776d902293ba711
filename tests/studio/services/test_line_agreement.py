"""How often lines 1 and 3 agree, counted by hand, and the reason for every neuron that is left."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.domain.concept import Alignment, Verdict
from studio.domain.line_cause import LineCause
from studio.domain.modality import Modality, TokenKind
from studio.domain.search import parse
from studio.services import line_agreement as service
from studio.services.line_agreement import compared
from studio.services.line_causes import WORDS, cause_masks, cause_of
from studio.services.neuron_facts import neuron_facts
from studio.services.neuron_search import NeuronSearch
from studio.services.neurons import neuron_table
from studio.services.thresholds import Rule
from studio.storage.project import Project

V, T, M, U = Modality
IMAGE, TEXT = TokenKind


def verdict(neuron: int, line1: Modality, **causal: float) -> Verdict:
    named = {name.replace("__", "."): share for name, share in causal.items()}
    return Verdict(neuron, "dog", line1, 0.5, 0.01, 0.5, line1, False, named)


def aligned(neuron: int, q: float = 0.5, n: int = 10, a: float = 0.3) -> Alignment:
    return Alignment(neuron, IMAGE, "dog", "clip", a, 2.0, q, q, 1, 0.5, 9, n)


def sides(image: tuple[float, float] | None, text: tuple[float, float] | None) -> dict[str, float]:
    """Per side what stays without the image and without the text."""
    found = {"blank_image": 0.5, "blank_text": 0.5}
    for side, shares in (("image", image), ("text", text)):
        if shares is not None:
            found |= {f"{side}__blank_image": shares[0], f"{side}__blank_text": shares[1]}
    return found


REASONS = [
    (V, sides((0.0, 0.45), None), LineCause.BORDER),
    (T, sides(None, (0.0, 0.0)), LineCause.NEEDS_IMAGE),
    (V, sides((0.0, 1.0), (0.9, 0.0)), LineCause.OTHER_SIDE),
    (M, sides((0.0, 1.0), None), LineCause.ONE_SIDE),
    (V, sides((0.9, 0.0), None), LineCause.BACKGROUND),
    (T, sides((0.0, 1.0), None), LineCause.ELSEWHERE),
]


@pytest.mark.parametrize(("line1", "causal", "reason"), REASONS)
def test_a_neuron_on_which_they_differ_has_one_reason(
    line1: Modality, causal: dict, reason: LineCause
) -> None:
    found = compared([verdict(1, line1, **causal)], {}, Rule())
    assert (found.comparable, found.agree, found.reasons) == (1, 0, {reason: 1})
    assert found.examples == {reason: [1]}
    assert WORDS[reason] in found.sentence


shares = st.one_of(st.none(), st.sampled_from([0.0, 0.39, 0.45, 0.5, 0.61, 1.0]))


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.sampled_from(Modality), *[shares] * 6), max_size=12))
def test_the_columns_say_what_each_neuron_says(project: Project, rows: list[tuple[Any, ...]]) -> None:
    names = [f"{side}{name}" for side in ("", "image__", "text__") for name in ("blank_image", "blank_text")]
    project.database.execute("DELETE FROM verdict")
    said = [
        verdict(n, line1, **{k: v for k, v in zip(names, values, strict=True) if v is not None})
        for n, (line1, *values) in enumerate(rows)
    ]
    project.verdicts.write(said)
    masks = cause_masks(project, len(rows))
    for v in said:
        assert [cause for cause, mask in masks.items() if mask[v.neuron]] == [c for c in (cause_of(v),) if c]


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with Project.create(tmp_path / "p.cstudio", "p") as made:
        yield made


def test_the_window_finds_the_neurons_of_a_reason(project: Project, fill: Any) -> None:
    fill(project, 12)
    project.database.execute("DELETE FROM verdict")
    project.verdicts.write([
        verdict(0, V, **sides((0.0, 1.0), (0.9, 0.0))),
        verdict(1, V, **sides((0.0, 1.0), None)),
        verdict(2, T, **sides(None, (0.0, 0.0))),
    ])  # fmt: skip
    facts = neuron_facts(project, "Ada")
    found = {name: np.flatnonzero(mask).tolist() for name, mask in facts.lines.items() if mask.any()}
    assert found == {"other-side": [0], "agree": [1], "needs-image": [2], "differ": [0, 2]}
    (term,) = parse("lines:needs").terms
    table = neuron_table(project, "Ada")
    search = NeuronSearch(table, lambda _text: np.zeros(12, bool), np.zeros(12, np.int8), facts, {})
    assert np.flatnonzero(search.mask(term)).tolist() == [2]


def test_the_counts_add_up() -> None:
    verdicts = [
        verdict(0, V, **sides((0.0, 1.0), None)),
        verdict(1, T, **sides(None, (1.0, 0.0))),
        verdict(2, M, **sides((0.0, 1.0), (1.0, 0.0))),
        verdict(3, T, **sides(None, (0.0, 0.0))),
        verdict(4, V, **sides((1.0, 1.0), None)),
        verdict(5, V),
        verdict(6, U),
        verdict(7, U, **sides((0.0, 1.0), None)),
        verdict(8, U),
        verdict(9, U),
    ]
    alignments = {7: [aligned(7)], 8: [aligned(8, n=2)], 9: [aligned(9, q=0.01, a=0.1)]}
    found = compared(verdicts, alignments, Rule(threshold=0.2))
    assert (found.neurons, found.comparable, found.agree, found.share) == (10, 4, 3, 0.75)
    assert sum(sum(row.values()) for row in found.confusion.values()) == 10
    assert found.confusion["visual"] == {
        "visual": 1, "textual": 0, "multimodal": 0, "unclear": 1, "none": 1
    }  # fmt: skip
    assert sum(found.reasons.values()) == found.comparable - found.agree
    assert found.no_cause == {service.SURVIVES_BOTH: 1, service.NOT_RUN: 1}
    assert found.no_class == {
        service.NO_CONCEPT: 1, service.NOT_SIGNIFICANT: 1, service.FEW_EXAMPLES: 1, service.BELOW: 1
    }  # fmt: skip
    said = found.summary()
    assert "agree on 3 of 4 neurons with a class by both (75.0%)" in said
    assert all(words in said for words in (*found.no_class, *found.no_cause))
    assert all(WORDS[cause] in said and f"lines:{cause}" in said for cause in found.reasons)


def test_nothing_to_compare_is_said_and_is_no_number() -> None:
    found = compared([verdict(0, U)], {}, Rule())
    assert math.isnan(found.share)
    assert found.as_dict()["share"] is None
    assert "run `causal` after `score`" in found.summary()
