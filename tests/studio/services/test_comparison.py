"""The paired comparison against SciPy and closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from studio.domain.agreement import Undefined
from studio.services.comparison import Comparison, compare


def compared(a: object, b: object) -> Comparison:
    found = compare(a, b)  # type: ignore[arg-type]
    assert isinstance(found, Comparison)
    return found


def test_equals_scipy_on_paired_scores() -> None:
    rng = np.random.default_rng(3)
    b = rng.normal(size=80)
    a = b + rng.normal(0.3, 0.5, size=80)
    found = compared(a, b)
    expected = stats.ttest_rel(a, b)
    assert found.t == pytest.approx(expected.statistic)
    assert found.t_p == pytest.approx(expected.pvalue)
    assert found.wilcoxon_p == pytest.approx(stats.wilcoxon(a, b).pvalue)
    assert found.effect == pytest.approx(found.t / np.sqrt(80))
    reference = stats.bootstrap((a - b,), np.mean, method="percentile", random_state=1).confidence_interval
    assert found.low == pytest.approx(reference.low, abs=0.01)
    assert found.high == pytest.approx(reference.high, abs=0.01)


def test_missing_scores_leave_the_pair_out() -> None:
    found = compared([1.0, np.nan, 3.0, 5.0], [0.0, 1.0, np.nan, 2.0])
    assert found.n == 2
    assert found.difference == pytest.approx(2.0)


def test_degenerate_tables_say_why() -> None:
    assert isinstance(compare([np.nan], [1.0]), Undefined)
    same = compared([2.0, 3.0], [1.0, 2.0])
    assert "same" in str(same.t_p)
    assert "same" in str(same.effect)
    zero = compared([1.0, 2.0], [1.0, 2.0])
    assert "zero" in str(zero.wilcoxon_p)
    assert "one neuron" in str(compared([1.0], [0.0]).low)
    with pytest.raises(ValueError, match="paired"):
        compare([1.0], [1.0, 2.0])
