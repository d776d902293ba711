"""Intervals of agreement: weights are repeated units, and no table gives a number that is none."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.domain import agreement_intervals as intervals
from studio.domain.agreement import Undefined, alpha_of, cohen_kappa, krippendorff_alpha, said_of

VALUES = (1, 2, 3, 4, 5)
tables = st.lists(st.lists(st.none() | st.integers(1, 5), min_size=6, max_size=6), min_size=2, max_size=4)


def test_alpha_of_the_published_nominal_table() -> None:
    """Krippendorff (2011), example B: two observers, twelve units, alpha 0.692."""
    one, two = "aabbdcccedda", "babbbccceddd"
    assert krippendorff_alpha([one, two]) == pytest.approx(0.692, abs=5e-4)
    found = intervals.alpha([one, two], "nominal", "abcde")
    assert found.value == pytest.approx(0.692, abs=5e-4)
    assert found.low < found.value < found.high


@settings(max_examples=40, deadline=None)
@given(tables, st.lists(st.integers(0, 3), min_size=6, max_size=6), st.sampled_from(["nominal", "ordinal"]))
def test_a_weight_is_a_repeated_unit(table: list[list[int | None]], weights: list[int], level: str) -> None:
    weighted = alpha_of(said_of(table, VALUES), level, weights)  # type: ignore[arg-type]
    repeated = [[v for v, n in zip(row, weights, strict=True) for _ in range(n)] for row in table]
    plain = krippendorff_alpha(repeated, level, VALUES)  # type: ignore[arg-type]
    if isinstance(plain, Undefined):
        assert isinstance(weighted, Undefined)
    else:
        assert weighted == pytest.approx(plain, abs=1e-9)


@settings(max_examples=15, deadline=None)
@given(tables)
def test_every_table_has_numbers_or_reasons(table: list[list[int | None]]) -> None:
    estimates = [
        intervals.alpha(table, "ordinal", VALUES),
        intervals.alpha(table, "nominal", VALUES),
        intervals.raw(table, VALUES),
        intervals.kappa(table[0], table[1], VALUES),
    ]
    for estimate in estimates:
        for number in (estimate.value, estimate.low, estimate.high):
            assert (isinstance(number, Undefined) and number.why) or math.isfinite(number)
        if not isinstance(estimate.low, Undefined):
            assert estimate.low <= estimate.high


def test_interval_of_kappa_equals_a_plain_bootstrap() -> None:
    rng = np.random.default_rng(0)
    one = rng.integers(1, 4, 80)
    two = np.where(rng.random(80) < 0.7, one, rng.integers(1, 4, 80))
    found = intervals.kappa(one.tolist(), two.tolist(), (1, 2, 3))
    draws = []
    for _ in range(1500):
        chosen = rng.integers(0, 80, 80)
        draws.append(cohen_kappa(one[chosen].tolist(), two[chosen].tolist()))
    low, high = np.quantile(draws, [0.025, 0.975])
    assert found.value == pytest.approx(cohen_kappa(one.tolist(), two.tolist()))
    assert found.low == pytest.approx(low, abs=0.03)
    assert found.high == pytest.approx(high, abs=0.03)
