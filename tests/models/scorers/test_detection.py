"""Detection and fuzzing leak nothing, and their numbers are the definitions'."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from models.scorers import Item, LeakError, frozen, marked_alike, outcome, run_test

ITEMS = [Item(f"text {i}", (i % 5,), f"g{i}", i < 12) for i in range(24)]


def test_an_item_that_the_explainer_saw_is_a_leak() -> None:
    assert len(frozen(ITEMS, {"h1", "h2"}, 0)) == len(ITEMS)
    with pytest.raises(LeakError, match="g3"):
        frozen(ITEMS, {"g3"}, 0)


def test_the_order_is_drawn_by_the_seed_and_not_positives_or_negatives_first() -> None:
    orders = [[i.positive for i in frozen(ITEMS, (), seed)] for seed in range(200)]
    assert orders[0] == [i.positive for i in frozen(ITEMS, (), 0)]
    assert sorted(map(str, frozen(ITEMS, (), 3))) == sorted(map(str, ITEMS))
    share = np.mean(orders, axis=0)
    assert share.min() > 0.35
    assert share.max() < 0.65


def test_one_kind_alone_is_refused() -> None:
    with pytest.raises(ValueError, match="both"):
        frozen(ITEMS[:5], (), 0)


def test_negatives_are_marked_as_often_as_positives() -> None:
    places = [marked_alike((1, 4, 5), 8, seed) for seed in range(300)]
    assert all(len(set(found)) == 3 and max(found) < 8 for found in places)
    assert marked_alike((1, 2, 3), 2, 0) == (0, 1)
    assert {i for found in places for i in found} == set(range(8))


def judge_of(values: np.ndarray):
    def judge(concept: str, texts: Sequence[str], marks: Sequence[tuple[int, ...]]) -> np.ndarray:
        assert concept == "dog"
        assert len(texts) == len(marks) == len(values)
        return values

    return judge


def test_balanced_accuracy_and_auc_are_the_definitions() -> None:
    rng = np.random.default_rng(1)
    items = frozen([*ITEMS, *(Item("n", (), f"n{i}", False) for i in range(30))], (), 5)
    truth = np.array([i.positive for i in items])
    said = (rng.random(len(items)) + 0.4 * truth).round(1)
    found = run_test("dog", items, judge_of(said), 0.6)
    tpr, tnr = (said[truth] > 0.6).mean(), (said[~truth] <= 0.6).mean()
    assert found.balanced == pytest.approx((tpr + tnr) / 2)
    assert (found.positives, found.negatives) == (truth.sum(), (~truth).sum())
    u = stats.mannwhitneyu(said[truth], said[~truth]).statistic
    assert found.auc == pytest.approx(u / (truth.sum() * (~truth).sum()))
    counts = ((tpr, truth.sum()), (tnr, (~truth).sum()))
    rates = [proportion_confint(share * n, n, method="wilson") for share, n in counts]
    below = np.hypot(tpr - rates[0][0], tnr - rates[1][0]) / 2
    above = np.hypot(tpr - rates[0][1], tnr - rates[1][1]) / 2
    assert (found.low, found.high) == pytest.approx((found.balanced - below, found.balanced + above))


def test_saying_yes_to_all_is_one_half_and_knowing_all_is_one() -> None:
    items = frozen(ITEMS, (), 0)
    assert run_test("dog", items, judge_of(np.ones(24)), 0.5).balanced == 0.5
    assert run_test("dog", items, judge_of(np.ones(24)), 0.5).auc == 0.5
    perfect = run_test("dog", items, judge_of(np.array([float(i.positive) for i in items])), 0.5)
    assert (perfect.balanced, perfect.high, perfect.auc) == (1, 1, 1)
    assert 0.7 < perfect.low < 0.95  # of a dozen each: not sure


@pytest.mark.parametrize(("tpr", "tnr", "n"), [(0.9, 0.8, 10), (1.0, 1.0, 10), (0.5, 0.95, 20)])
def test_the_interval_covers_the_truth(tpr: float, tnr: float, n: int) -> None:
    rng = np.random.default_rng(3)
    truth, covered = np.arange(2 * n) < n, 0
    for _ in range(400):
        right = rng.random(2 * n) < np.where(truth, tpr, tnr)
        found = outcome((right == truth).astype(float), truth, 0.5)
        covered += found.low - 1e-12 <= (tpr + tnr) / 2 <= found.high + 1e-12
    assert covered / 400 > 0.93


@pytest.mark.parametrize("answer", [np.ones(3), np.full(24, np.nan)])
def test_an_unusable_answer_is_refused(answer: np.ndarray) -> None:
    with pytest.raises(ValueError, match="finite numbers"):
        run_test("dog", frozen(ITEMS, (), 0), lambda *_: answer, 0.5)
