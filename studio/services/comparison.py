"""Paired comparison of two methods over the same neurons (METHOD 6).

Pairs are neurons, never single ratings: several annotators' ratings of one neuron are averaged first, or the
test would count the same neuron several times. Scores may be missing (NaN); such pairs are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.domain.agreement import Undefined

Floats = NDArray[np.float64]
RESAMPLES = 10_000
#: Values drawn at once by the bootstrap: bounds its memory.
AT_ONCE = 1_000_000
#: A share of the numbers themselves that is no difference but rounding.
ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Comparison:
    """`ours` minus `theirs` over `n` neurons. Intervals are 95 %, bootstrap over neurons.

    `t_p` and `wilcoxon_p` are two-sided; `effect` is Cohen's d_z (mean over standard deviation of the
    differences). A number that does not exist for these data is `Undefined` with the reason.
    """

    n: int
    mean_ours: float
    mean_theirs: float
    difference: float
    low: float | Undefined
    high: float | Undefined
    t: float | Undefined
    t_p: float | Undefined
    wilcoxon_p: float | Undefined
    effect: float | Undefined


def compare(ours: Sequence[float], theirs: Sequence[float], seed: int = 0) -> Comparison | Undefined:
    """Compare two scores of the same neurons, pair by pair. Raises ValueError when the lengths differ."""
    a, b = np.asarray(ours, float), np.asarray(theirs, float)
    if a.shape != b.shape:
        raise ValueError(f"{len(a)} scores cannot be paired with {len(b)}")
    kept = np.isfinite(a) & np.isfinite(b)
    a, b = a[kept], b[kept]
    if len(a) == 0:
        return Undefined("no neuron has a score from both methods")
    d = _difference(a, b)
    low, high = bootstrap_interval(d, seed)
    t, t_p = _paired_t(d)
    effect = _effect(d)
    return Comparison(
        len(d), float(a.mean()), float(b.mean()), float(d.mean()), low, high, t, t_p, _wilcoxon(d), effect
    )


def bootstrap_interval(values: Floats, seed: int) -> tuple[float | Undefined, float | Undefined]:
    """Percentile bootstrap interval of the mean, 95 %, resampling neurons."""
    if len(values) < 2:
        why = Undefined("one neuron has no spread")
        return why, why
    rng = np.random.default_rng(seed)
    rounds = max(1, min(RESAMPLES, 50_000_000 // len(values)))
    together = max(1, AT_ONCE // len(values))
    means = [
        values[rng.integers(0, len(values), (min(together, rounds - done), len(values)))].mean(axis=1)
        for done in range(0, rounds, together)
    ]
    low, high = np.quantile(np.concatenate(means), [0.025, 0.975])
    return float(low), float(high)


def _difference(a: Floats, b: Floats) -> Floats:
    """a - b; where that is no more than the rounding of the two, they are equal."""
    d = a - b
    return np.where(np.abs(d) <= ROUNDING * np.maximum(np.abs(a), np.abs(b)), 0.0, d)


def _constant(d: Floats) -> Undefined | None:
    if len(d) < 2:
        return Undefined("one neuron has no spread")
    if np.ptp(d) <= ROUNDING * np.abs(d).max():
        return Undefined("all differences are the same")
    return None


def _scaled(d: Floats) -> Floats:
    """t and effect do not depend on the unit; in this one no square overflows or vanishes."""
    return np.asarray(d / np.abs(d).max())


def _paired_t(d: Floats) -> tuple[float | Undefined, float | Undefined]:
    from scipy import stats

    if why := _constant(d):
        return why, why
    result: Any = stats.ttest_1samp(_scaled(d), 0.0)
    return float(result.statistic), float(result.pvalue)


def _wilcoxon(d: Floats) -> float | Undefined:
    from scipy import stats

    if not np.any(d):
        return Undefined("all differences are zero")
    if len(d) < 2:
        return Undefined("one neuron has no spread")
    return float(stats.wilcoxon(d).pvalue)


def _effect(d: Floats) -> float | Undefined:
    return _constant(d) or float(_scaled(d).mean() / _scaled(d).std(ddof=1))
