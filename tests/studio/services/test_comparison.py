"""The paired comparison against SciPy and closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
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


def test_students_sleep_data() -> None:
    """Student (1908), hours of sleep gained by two drugs: t = 4.0621, p = 0.002833."""
    one = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
    two = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
    found = compared(two, one)
    assert found.t == pytest.approx(4.0621, abs=5e-5)
    assert found.t_p == pytest.approx(0.002833, abs=5e-7)
    assert found.difference == pytest.approx(1.58)
    assert found.effect == pytest.approx(1.2846, abs=5e-4)


scores = st.just(float("nan")) | st.floats(-1e100, 1e100)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(scores, scores), max_size=12))
@pytest.mark.filterwarnings("error")
def test_every_table_gives_numbers_or_reasons(pairs: list[tuple[float, float]]) -> None:
    found = compare([a for a, _ in pairs], [b for _, b in pairs])
    if isinstance(found, Undefined):
        assert not [pair for pair in pairs if np.isfinite(pair).all()]
        return
    for name in found.__slots__:
        value = getattr(found, name)
        assert (isinstance(value, Undefined) and value.why) or np.isfinite(value), (name, value)


@settings(max_examples=40, deadline=None)
@given(st.floats(0.1, 10), st.integers(2, 9))
def test_a_constant_difference_has_no_spread(shift: float, count: int) -> None:
    """Rounding makes a spread of its own, which is none."""
    theirs = [(i + 1) / 7 for i in range(count)]
    found = compared([value + shift for value in theirs], theirs)
    assert isinstance(found.t, Undefined)
    assert isinstance(found.effect, Undefined)
