"""Who is left out of a concept's background, and that leaving them out keeps the test honest."""

from __future__ import annotations

import numpy as np
from scipy.stats import kstest

from studio.domain.statistics import empirical_p
from studio.services.background import STANDS_FOR, standing_for
from studio.services.embeddings import SideEvidence

WIDTH = 64


def evidence(means: np.ndarray, neurons: np.ndarray | None = None) -> SideEvidence:
    count = len(means)
    numbers = np.arange(count) if neurons is None else neurons
    full = np.full(count, 10)
    return SideEvidence(numbers, means.astype(np.float32), full, full.astype(np.float32), ((),) * count)


def around(rng: np.random.Generator, concept: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Vectors whose product with `concept` is `levels`, and random otherwise."""
    rest = rng.normal(0, 0.1, (len(levels), WIDTH))
    return rest + np.outer(levels - rest @ concept, concept)


def test_neurons_of_the_same_concept_do_not_hide_each_other() -> None:
    rng = np.random.default_rng(0)
    concept = np.eye(WIDTH, dtype=np.float32)[0]
    own = np.arange(30)
    halves = [around(rng, concept, rng.normal(0, 0.1, 300) + np.isin(np.arange(300), own)) for _ in range(2)]
    seen, held = evidence(halves[0]), evidence(halves[1])
    left_out = standing_for(concept, held, seen)
    assert set(own.tolist()) <= set(left_out.tolist())
    assert len(left_out) <= len(own) + 5
    cosines = held.mean @ concept
    with_them, without = np.delete(cosines, 7), np.delete(cosines, left_out)
    assert empirical_p(cosines[7], with_them) > 0.01
    assert empirical_p(cosines[7], without) == 1 / (1 + len(without))


def test_p_stays_uniform_where_nothing_stands_for_the_concept() -> None:
    rng = np.random.default_rng(1)
    concept = np.eye(WIDTH, dtype=np.float32)[0]
    found = []
    for _ in range(400):
        seen, held = (evidence(rng.normal(0, 0.1, (200, WIDTH))) for _ in range(2))
        null = np.delete(held.mean @ concept, np.union1d(standing_for(concept, held, seen), [0]))
        found.append(float(empirical_p(held.mean[0] @ concept, null)))
    assert kstest(found, "uniform").pvalue > 0.01
    assert abs(np.mean(np.array(found) <= 0.05) - 0.05) < 0.035


def test_it_is_three_robust_deviations_above_the_median() -> None:
    concept = np.eye(WIDTH, dtype=np.float32)[0]
    levels = np.array([-0.02, -0.01, 0.0, 0.01, 0.02, 0.9, 0.0555, 0.07])
    middle = np.median(levels)
    edge = middle + STANDS_FOR * 1.4826 * np.median(np.abs(levels - middle))
    seen = evidence(around(np.random.default_rng(2), concept, levels))
    assert standing_for(concept, seen, seen).tolist() == np.flatnonzero(levels > edge).tolist()


def test_neurons_are_matched_by_number_and_a_side_without_spread_bars_nobody() -> None:
    concept = np.eye(WIDTH, dtype=np.float32)[0]
    levels = np.array([0.0, 0.01, -0.01, 0.02, 0.9])
    seen = evidence(around(np.random.default_rng(3), concept, levels), np.array([2, 4, 6, 8, 10]))
    rows = evidence(np.zeros((3, WIDTH)), np.array([4, 10, 12]))
    assert standing_for(concept, rows, seen).tolist() == [1]
    same = evidence(np.tile(concept, (5, 1)))
    assert standing_for(concept, same, same).tolist() == []
    assert standing_for(concept, rows, evidence(np.zeros((0, WIDTH)))).tolist() == []
