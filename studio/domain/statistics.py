"""Significance against a background, and control of false discoveries."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
#: The normal distribution has 2.5 % above it.
Z95 = 1.959963984540054


def benjamini_hochberg(p: ArrayLike) -> Floats:
    """q values of Benjamini and Hochberg (1995), step-up: float64 of the shape of `p` [m].

    q_(i) = min over k >= i of p_(k) m / k. NaN stands for "not tested": it stays NaN and does not count in m.
    Raises ValueError when a p value is outside 0..1.
    """
    values = np.asarray(p, np.float64)
    tested = np.isfinite(values)
    found = values[tested]
    if found.size and (found.min() < 0 or found.max() > 1):
        raise ValueError("p values lie between 0 and 1")
    q = np.full(values.shape, np.nan)
    order = np.argsort(found, kind="stable")
    scaled = found[order] * found.size / np.arange(1, found.size + 1)
    adjusted = np.empty(found.size)
    adjusted[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    q[tested] = adjusted
    return q


def empirical_p(observed: ArrayLike, null: ArrayLike) -> Floats:
    """p = (1 + #{null >= observed}) / (1 + R) over the last axis of `null` [..., R] (METHOD 4).

    The one in both places counts the observation itself, so that p is never 0 (Davison and Hinkley 1997,
    section 4.2). R = 0 gives 1.
    """
    values, background = np.asarray(observed, np.float64), np.asarray(null, np.float64)
    above = (background >= values[..., None]).sum(axis=-1)
    return np.asarray((1 + above) / (1 + background.shape[-1]), np.float64)


def z_score(observed: ArrayLike, null: ArrayLike) -> Floats:
    """(observed - mean of null) / sample standard deviation of null, over the last axis of `null` [..., R].

    NaN where the null has fewer than two values or no spread: there is no scale to measure on.
    """
    values, background = np.asarray(observed, np.float64), np.asarray(null, np.float64)
    if background.shape[-1] < 2:
        return np.full(values.shape, np.nan)
    spread = background.std(axis=-1, ddof=1)
    # Equal values can differ in the last bit of their mean; such a spread is rounding, not background.
    flat = spread <= 1e-12 * np.maximum(np.abs(background).max(axis=-1), 1e-300)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (values - background.mean(axis=-1)) / spread
    return np.asarray(np.where(flat, np.nan, z), np.float64)


def wilson_interval(share: ArrayLike, n: ArrayLike) -> tuple[Floats, Floats]:
    """Both ends of the 95 % interval of shares of `n` (Wilson 1927); NaN where n is 0.

    It has a width where all or none of few are right, which a bootstrap has not.
    """
    p, count = np.asarray(share, np.float64), np.asarray(n, np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        middle = (p + Z95**2 / (2 * count)) / (1 + Z95**2 / count)
        half = Z95 / (1 + Z95**2 / count) * np.sqrt(p * (1 - p) / count + Z95**2 / (4 * count**2))
    return np.asarray(middle - half), np.asarray(middle + half)
