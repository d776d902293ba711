"""The vocabulary explainer against brute force and planted evidence."""

from __future__ import annotations

import numpy as np
import pytest

from models.explainers.bank import Bank, make_bank
from models.explainers.vocabulary import CANDIDATES, background_of, rank, scores


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
    above, spread = table - table.mean(axis=0), table.std(axis=0, ddof=1)
    score, z = scores(evidence, phrases, background)
    assert z == pytest.approx(above / spread, rel=1e-5, abs=1e-7)
    assert score == pytest.approx(above / (spread + np.median(spread)), rel=1e-5, abs=1e-7)


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


def test_a_phrase_that_tells_nothing_apart_does_not_win_on_noise() -> None:
    rng = np.random.default_rng(5)
    phrases = np.eye(6, dtype=np.float32)
    evidence = np.zeros((40, 6), np.float32)
    evidence[np.arange(40), rng.integers(0, 5, 40)] = 0.4  # each shows one of five phrases
    evidence[:, 5] = 0.3 + 1e-3 * (rng.random(40) < 0.05)  # the sixth hardly varies
    odd = int(evidence[:, 5].argmax())
    (ranking,) = rank(evidence[[odd]], phrases, background_of(evidence, phrases), bank_of(6))
    _, z = scores(evidence[[odd]], phrases, background_of(evidence, phrases))
    assert z[0].argmax() == 5
    assert ranking.phrases[0] == evidence[odd, :5].argmax()


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
