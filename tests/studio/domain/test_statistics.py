"""Statistics against scipy, statsmodels and closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats
from statsmodels.stats.multitest import multipletests

from studio.domain.statistics import benjamini_hochberg, empirical_p, z_score

P_VALUES = arrays(np.float64, st.integers(1, 60), elements=st.floats(0, 1))


@settings(deadline=None, max_examples=40)
@given(P_VALUES)
def test_q_equals_statsmodels(p: np.ndarray) -> None:
    assert benjamini_hochberg(p) == pytest.approx(multipletests(p, method="fdr_bh")[1], abs=1e-12)


@settings(deadline=None, max_examples=40)
@given(P_VALUES)
def test_q_is_never_below_p_and_keeps_its_order(p: np.ndarray) -> None:
    q = benjamini_hochberg(p)
    assert (q >= p - 1e-12).all()
    assert (np.diff(q[np.argsort(p, kind="stable")]) >= 0).all()


def test_q_by_hand() -> None:
    # 0.01 * 4/1, 0.02 * 4/2, 0.03 * 4/3, 0.5: the first three share the smallest of the steps above them.
    assert benjamini_hochberg([0.5, 0.01, 0.03, 0.02]) == pytest.approx([0.5, 0.04, 0.04, 0.04])


def test_what_was_not_tested_does_not_count() -> None:
    q = benjamini_hochberg([0.01, np.nan, 0.02])
    assert np.isnan(q[1])
    assert q[[0, 2]] == pytest.approx([0.02, 0.02])
    assert benjamini_hochberg([]).size == 0


@pytest.mark.parametrize("bad", [-0.1, 1.1])
def test_what_is_no_p_value_is_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        benjamini_hochberg([0.5, bad])


def test_empirical_p_counts_the_observation_and_ties() -> None:
    null = np.array([[0.1, 0.2, 0.3, 0.4], [0.5, 0.5, 0.5, 0.9], [0.0, 0.0, 0.0, 0.0]])
    assert empirical_p([0.3, 0.5, 1.0], null).tolist() == [3 / 5, 5 / 5, 1 / 5]
    assert empirical_p([0.3], np.zeros((1, 0))).tolist() == [1.0]


def test_empirical_p_is_uniform_under_the_null() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(4000, 100))
    p = empirical_p(values[:, 0], values[:, 1:])
    # p takes the values 1/100 ... 100/100, each equally often.
    counts = np.bincount(np.round(p * 100).astype(int), minlength=101)[1:]
    assert stats.chisquare(counts).pvalue > 1e-3


@settings(deadline=None, max_examples=30)
@given(
    arrays(np.float64, st.tuples(st.integers(1, 5), st.integers(2, 30)), elements=st.floats(-1, 1, width=32))
)
def test_z_equals_scipy(null: np.ndarray) -> None:
    observed = np.linspace(-1, 1, len(null))
    z = z_score(observed, null)
    for x, row, found in zip(observed, null, z, strict=True):
        spread = stats.tstd(row)
        if spread > 1e-9:
            assert found == pytest.approx((x - stats.tmean(row)) / spread, rel=1e-6, abs=1e-9)


def test_a_null_without_spread_gives_no_z() -> None:
    assert np.isnan(z_score([0.5, 0.5], [[0.1, 0.1, 0.1], [0.3, 0.3, 0.3]])).all()
    assert np.isnan(z_score([0.5], [[0.1]])).all()
    assert np.isnan(z_score([0.5], np.zeros((1, 0)))).all()
