"""The vocabulary explainer against brute force and planted evidence."""

from __future__ import annotations

import numpy as np
import pytest

from models.explainers.bank import Bank, make_bank
from models.explainers.vocabulary import CANDIDATES, background_of, rank, standing_out


def unit(rng: np.random.Generator, count: int, width: int = 32) -> np.ndarray:
    vectors = rng.normal(size=(count, width))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def bank_of(count: int) -> Bank:
    return make_bank((f"phrase {i}", None) for i in range(count))


def test_background_and_z_equal_the_whole_table() -> None:
    rng = np.random.default_rng(0)
    evidence, phrases = unit(rng, 40) * 0.7, unit(rng, 25)
    table = evidence.astype(float) @ phrases.T.astype(float)
    background = background_of(evidence, phrases)
    assert background.mean == pytest.approx(table.mean(axis=0), abs=1e-9)
    assert background.spread == pytest.approx(table.std(axis=0, ddof=1), rel=1e-6)
    expected = (table - table.mean(axis=0)) / table.std(axis=0, ddof=1)
    assert standing_out(evidence, phrases, background) == pytest.approx(expected, rel=1e-5, abs=1e-7)


def test_planted_phrases_win_over_one_that_everything_resembles() -> None:
    rng = np.random.default_rng(1)
    phrases = unit(rng, 12)
    everywhere = phrases[0]
    # Neuron j shows phrase j + 1, but each neuron resembles phrase 0 more than its own.
    evidence = 0.8 * everywhere + 0.4 * phrases[1:] + 0.05 * rng.normal(size=(11, 32)).astype(np.float32)
    assert ((evidence @ phrases.T).argmax(axis=1) == 0).all()
    rankings = rank(evidence, phrases, background_of(evidence, phrases), bank_of(12))
    assert [r.best for r in rankings] == list(range(1, 12))


def test_candidates_are_sorted_and_bounded() -> None:
    rng = np.random.default_rng(2)
    evidence, phrases = unit(rng, 20), unit(rng, 50)
    for ranking in rank(evidence, phrases, background_of(evidence, phrases), bank_of(50)):
        assert len(ranking.phrases) == CANDIDATES
        assert list(ranking.scores) == sorted(ranking.scores, reverse=True)


def test_evidence_like_everybody_elses_has_no_concept() -> None:
    rng = np.random.default_rng(3)
    phrases = unit(rng, 10)
    evidence = np.concatenate([phrases, phrases.mean(axis=0, keepdims=True)])
    rankings = rank(evidence, phrases, background_of(evidence, phrases), bank_of(10))
    assert all(r.best is not None for r in rankings[:-1])
    assert rankings[-1].best is None


def test_one_neuron_alone_has_nothing_to_stand_out_from() -> None:
    rng = np.random.default_rng(4)
    evidence, phrases = unit(rng, 1), unit(rng, 5)
    (ranking,) = rank(evidence, phrases, background_of(evidence, phrases), bank_of(5))
    assert ranking.best is None
    assert set(ranking.scores) == {0.0}
