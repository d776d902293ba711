"""Planted truth: what is planted is what the dials say, and the real pipeline finds it again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from studio.domain.concept import Verdict
from studio.domain.context import Quiet
from studio.domain.errors import DataError
from studio.domain.modality import Modality, TokenKind
from studio.services.planted import plant, truth_of
from studio.services.planted_plan import Firing, Planted, PlantSpec, as_code, plan
from studio.services.planted_result import measure
from studio.services.planted_world import World
from studio.storage.project import Project

V, T, M = Modality.VISUAL, Modality.TEXTUAL, Modality.MULTIMODAL
IMAGE, TEXT = TokenKind.IMAGE, TokenKind.TEXT


def verdict(neuron: int, modality: Modality, concept: str) -> Verdict:
    return Verdict(neuron, concept, modality, 0.3, 0.01, 0.5, M, False)


def slow_f1(truth: list[Modality], given: list[Modality], modality: Modality) -> float:
    """The harmonic mean of precision and recall."""
    hits = sum(t is g is modality for t, g in zip(truth, given, strict=True))
    precision, recall = hits / given.count(modality), hits / truth.count(modality)
    return 2 / (1 / precision + 1 / recall)


def test_measures_equal_precision_and_recall() -> None:
    rng = np.random.default_rng(0)
    truth = [Planted(i, "dog", (V, T, M)[i % 3], "cat") for i in range(60)]
    given = [list(Modality)[i] for i in rng.integers(0, 4, 60)]
    verdicts = {i: verdict(i, m, "dog" if i % 4 else "cat") for i, m in enumerate(given)}
    found = measure(truth, verdicts)
    expected = np.mean([slow_f1([n.modality for n in truth], given, m) for m in (V, T, M)])
    assert found.macro_f1 == pytest.approx(expected)
    wrong = [given[n.neuron] is M for n in truth if n.modality is not M]
    assert found.called_multimodal == pytest.approx(np.mean(wrong))
    assert found.concept_top1 == pytest.approx(0.75)


def test_neurons_without_a_verdict_are_missed() -> None:
    found = measure([Planted(0, "dog", V, "cat"), Planted(1, "dog", T, "cat")], {0: verdict(0, V, "dog")})
    assert found.confusion["textual"]["unclear"] == 1
    assert found.f1 == {"visual": 1.0, "textual": 0.0, "multimodal": 0.0}
    assert found.concept_top1 == 0.5


def draw(spec: PlantSpec, modality: Modality, side: TokenKind, present: np.ndarray) -> np.ndarray:
    """The activations of one neuron of concept 0 over many samples: float32 [samples, tokens]."""
    counts = {s: np.full(2, spec.scenes // 2) for s in TokenKind}
    firing = Firing(spec, [Planted(0, "a", modality, "b")], ["a", "b"], counts)
    return np.stack([firing.draw(i, side, present)[:, 0] for i in range(spec.scenes)])


def test_dials() -> None:
    present = np.zeros((5, 2), np.float32)
    present[1, 0], present[2, 1] = 0.5, 1.0
    clean = draw(PlantSpec(1, 400, 0, 0), V, IMAGE, present)
    assert (clean[:, 1] > 0).all()
    assert not clean[:, [0, 2, 3, 4]].any()
    assert np.exp(np.log(clean[:, 1]).mean()) == pytest.approx(0.5, rel=0.06)
    dropped = draw(PlantSpec(1, 2000, 0.3, 0), V, IMAGE, present)
    assert (dropped[:, 1] > 0).mean() == pytest.approx(0.7, abs=0.04)
    stray = draw(PlantSpec(1, 2000, 0, 0.4), V, TEXT, present)
    assert (stray > 0).any(axis=1).mean() == pytest.approx(0.4 * 0.5, abs=0.04)
    assert (stray > 0).any(axis=0).all()
    second = draw(PlantSpec(1, 2000, 0, 0, 0.25), V, IMAGE, present)
    assert (second[:, 2] > 0).mean() == pytest.approx(0.25, abs=0.04)


def test_plan_gives_concepts_only_where_they_show() -> None:
    counts = {IMAGE: np.array([50, 50, 0]), TEXT: np.array([50, 0, 50])}
    found = plan(PlantSpec(30, 100), ["a", "b", "c"], ["x", "x", "x"], counts)
    assert {n.concept for n in found if n.modality is V} == {"a", "b"}
    assert {n.concept for n in found if n.modality is T} == {"a", "c"}
    assert {n.concept for n in found if n.modality is M} == {"a"}
    assert all(n.second != n.concept for n in found)


def test_code_holds_exactly_what_fires() -> None:
    values = np.where(np.random.default_rng(0).random((7, 20)) < 0.2, 1.5, 0).astype(np.float32)
    index, kept = as_code(values)
    again = np.zeros_like(values)
    np.put_along_axis(again, index.astype(np.int64), kept, axis=1)
    np.testing.assert_array_equal(again, values)


def test_tokens_show_what_the_scene_and_the_text_hold() -> None:
    world = World(20, 3)
    for seen in world.samples():
        words = {token.strip() for token in seen.tokens}
        on_text = {world.concepts[i] for i in np.flatnonzero(seen.present[TEXT].any(axis=0))}
        assert on_text == words & set(world.concepts)
        assert seen.present[IMAGE].shape == (len(seen.boxes), len(world.concepts))
        assert seen.present[IMAGE].any()
        assert " ".join(turn.text for turn in seen.turns).split() == [t.strip() for t in seen.tokens]


def test_a_planted_project_is_the_same_again_and_tells_its_truth(tmp_path: Path) -> None:
    spec = PlantSpec(6, 500, seed=4)
    planted = [plant(spec, tmp_path / f"{name}.cstudio", Quiet()) for name in "ab"]
    with Project.open(tmp_path / "a.cstudio") as a, Project.open(tmp_path / "b.cstudio") as b:
        assert truth_of(a) == planted[0] == planted[1]
        for neuron in range(6):
            one, two = a.evidence.get(neuron), b.evidence.get(neuron)
            assert [(e.sample_id, e.score) for e in one.examples] == [
                (e.sample_id, e.score) for e in two.examples
            ]


@pytest.mark.parametrize(
    "spec", [PlantSpec(2), PlantSpec(9, 100, dropout=1.5), PlantSpec(9, 100, overlap=-1)]
)
def test_senseless_dials_are_a_sentence(spec: PlantSpec, tmp_path: Path) -> None:
    with pytest.raises(DataError):
        plant(spec, tmp_path / "p.cstudio", Quiet())
