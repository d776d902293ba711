"""The sweep against judging neuron after neuron."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.domain.concept import Alignment, Verdict
from studio.domain.errors import DataError
from studio.domain.modality import Modality, TokenKind
from studio.services import sweep as service
from studio.services.causal_lines import with_causal
from studio.services.thresholds import Rule
from studio.services.verdict import judge
from studio.storage.project import Project

VALUES = st.sampled_from([-0.2, 0.1, 0.3, 0.3, 0.55, 0.8])
SHARES = st.sampled_from([0.0, 0.05, 0.5, 0.95, 1.0])
NAMES = [f"{side}blank_{what}" for side in ("", "image.", "text.") for what in ("image", "text")]
STAYS = st.one_of(
    st.just({}),
    st.dictionaries(st.sampled_from(NAMES), st.sampled_from([0.1, 0.5, 0.9])),
)


@st.composite
def alignments(draw: st.DrawFn, neuron: int) -> list[Alignment]:
    """Up to three concepts on any sides, with ties and unknown z."""
    found = []
    for concept in draw(st.lists(st.sampled_from("abc"), unique=True, max_size=3)):
        for side in draw(st.sampled_from([list(TokenKind), [TokenKind.IMAGE], [TokenKind.TEXT]])):
            z, q = draw(st.sampled_from([math.nan, -1.0, 2.0, 2.0, 3.5])), draw(st.sampled_from([0.01, 0.2]))
            found.append(
                Alignment(
                    neuron,
                    side,
                    concept,
                    "clip",
                    draw(VALUES),
                    z,
                    q,
                    q,
                    1,
                    0.5,
                    9,
                    draw(st.sampled_from([2, 3, 10])),
                )
            )
    return sorted(found, key=lambda a: (a.side.value, a.concept))


NEURONS = st.integers(1, 6).flatmap(
    lambda n: st.tuples(*(st.tuples(alignments(i), SHARES, STAYS) for i in range(n)))
)


def expected(found: list, rule: Rule) -> list[Verdict]:
    """By `judge`, one neuron at a time; on the z scale a small z is as good as no significance."""
    verdicts = []
    for neuron, (aligned, share, causal) in enumerate(found):
        threshold = rule.threshold
        if rule.scale == "z":
            aligned = [a if a.z > rule.threshold else replace(a, q=a.q + 1) for a in aligned]
            threshold = -math.inf
        verdict = with_causal(judge(neuron, aligned, share, rule.q, threshold), causal)
        real_q = verdict.q - 1 if verdict.q > 1 else verdict.q
        verdicts.append(replace(verdict, q=real_q))
    return verdicts


def fill(project: Project, found: list) -> None:
    run = project.runs.start("score", {"threshold": -1.0, "q": 0.05, "aligner_id": "clip"})
    project.runs.finish(run, {})
    project.alignments.write(a for aligned, *_ in found for a in aligned)
    project.verdicts.write(expected(found, Rule()))


def same(a: Verdict, b: Verdict) -> bool:
    numbers = np.allclose([a.score, a.q], [b.score, b.q], atol=1e-6, equal_nan=True)
    return numbers and replace(a, score=0, q=0) == replace(b, score=0, q=0)


@settings(max_examples=60, deadline=None)
@given(found=NEURONS, threshold=st.sampled_from([-1.0, 0.0, 0.3, 0.5, 2.0]), z=st.booleans())
def test_classing_again_gives_what_judging_one_by_one_gives(
    tmp_path_factory: pytest.TempPathFactory, found: tuple, threshold: float, z: bool
) -> None:
    path = tmp_path_factory.mktemp("sweep") / "p.cstudio"
    rule = Rule(threshold, 0.05, "z" if z else "cosine")
    with Project.create(path) as project:
        fill(project, list(found))
        before = project.verdicts.all()
        counts = service.sweep(project, rule.scale, [threshold]).counts[0].tolist()
        changes = service.choose_threshold(project, threshold, rule.scale)
        after = project.verdicts.all()
        assert service.current_rule(project) == rule
    wanted = expected(list(found), rule)
    assert all(same(a, b) for a, b in zip(after, wanted, strict=True)), (after, wanted)
    assert dict(zip(Modality, counts)) == {
        **dict.fromkeys(Modality, 0),
        **Counter(v.modality for v in wanted),
    }
    moved = {b.neuron for b, a in zip(before, after) if not same(b, a)}
    assert moved <= changes.scores


def test_the_choice_is_recorded_and_undone_by_scoring_again(tmp_path: Path) -> None:
    aligned = [Alignment(0, TokenKind.IMAGE, "dog", "clip", 0.5, 3.0, 0.01, 0.01, 1, 0.5, 9, 5)]
    with Project.create(tmp_path / "p.cstudio") as project:
        fill(project, [(aligned, 1.0, {})])
        assert service.choose_threshold(project, 0.6).scores == {0}
        assert project.verdicts.get(0).modality is Modality.UNCLEAR
        run = project.runs.last("threshold")
        assert run.config == {"threshold": 0.6, "q": 0.05, "scale": "cosine"}
        assert run.summary["changed"] == 1
        assert run.summary["classes"]["unclear"] == 1
        assert service.choose_threshold(project, 0.6).scores == frozenset()
        project.runs.start("score", {"threshold": 0.1, "q": 0.05, "aligner_id": "clip"})
        assert service.current_rule(project) == Rule(0.1, 0.05)
        service.class_again(project)
        assert project.verdicts.get(0).modality is Modality.VISUAL


def test_a_sweep_counts_every_neuron_at_every_threshold(tmp_path: Path) -> None:
    side, text = TokenKind.IMAGE, TokenKind.TEXT
    first = [
        Alignment(0, s, "dog", "clip", a, z, 0.0, 0.0, 1, 0.5, 9, 5)
        for s, a, z in ((side, 0.5, 4.2), (text, 0.7, 2))
    ]
    with Project.create(tmp_path / "p.cstudio") as project:
        with pytest.raises(DataError, match="Nothing is scored"):
            service.sweep(project)
        fill(project, [(first, 0.5, {}), ([], 1.0, {})])
        found = service.sweep(project)
        on_z = service.sweep(project, "z")
        with pytest.raises(DataError, match="number"):
            service.choose_threshold(project, math.nan)
    assert (found.counts.sum(axis=1) == 2).all()
    assert found.counts[0].tolist() == [0, 0, 1, 1]
    at = {round(t, 2): c.tolist() for t, c in zip(found.thresholds.tolist(), found.counts)}
    assert at[0.6] == [0, 1, 0, 1]
    assert at[0.9] == [0, 0, 0, 2]
    assert on_z.thresholds[-1] == 5
    assert on_z.counts[60].tolist() == [1, 0, 0, 1]
