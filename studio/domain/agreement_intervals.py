"""How far coefficients of agreement can be trusted: bootstrap intervals over the units that were judged.

Units (neurons) are drawn, never single ratings: several annotators' ratings of one neuron belong together.
Units that were judged alike are drawn as one kind, as often as all of them: the same distribution,
and faster. A draw whose table is degenerate has no coefficient and is left out; where that happens to more
than half of the draws, there is no interval.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.domain.agreement import NO_PAIR, NO_UNIT, Level, Ratings, Undefined, alpha_of, kappa_of, said_of

ROUNDS = 1000
Floats = NDArray[np.float64]
#: Gives the coefficient when units of kind i count weights[i] times.
Coefficient = Callable[[Floats], float | Undefined]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A coefficient with its 95 % interval; what does not exist is `Undefined` with the reason."""

    value: float | Undefined
    low: float | Undefined
    high: float | Undefined


def alpha(ratings: Ratings, level: Level, values: Sequence[Hashable], seed: int = 0) -> Estimate:
    """Krippendorff's alpha over `ratings[annotator][unit]`; `values` in their order."""
    said, counts = _kinds(said_of(ratings, values))
    return _estimate(lambda weights: alpha_of(said, level, weights), counts, seed)


def raw(ratings: Ratings, values: Sequence[Hashable], seed: int = 0) -> Estimate:
    """Share of pairs of judgements of the same unit that are equal."""
    said = said_of(ratings, values)
    judged, counts = _kinds(np.stack([_pairs(said).sum(axis=1), _pairs(said.sum(axis=1))], axis=1))

    def share(weights: Floats) -> float | Undefined:
        equal, pairs = (float(total) for total in weights @ judged)
        return equal / pairs if pairs else NO_UNIT

    return _estimate(share, counts, seed)


def kappa(
    one: Sequence[Hashable | None],
    two: Sequence[Hashable | None],
    values: Sequence[Hashable],
    seed: int = 0,
) -> Estimate:
    """Cohen's kappa of two annotators over the units both judged."""
    index = {value: i for i, value in enumerate(values)}
    both = [(index[a], index[b]) for a, b in zip(one, two, strict=True) if a is not None and b is not None]
    if not both:
        return Estimate(NO_PAIR, NO_PAIR, NO_PAIR)
    cells, counts = _kinds(np.array(both, np.float64))
    rows, columns = cells.astype(int).T

    def coefficient(weights: Floats) -> float | Undefined:
        table = np.zeros((len(values), len(values)))
        table[rows, columns] = weights
        return kappa_of(table)

    return _estimate(coefficient, counts, seed)


def _kinds(units: Floats) -> tuple[Floats, Floats]:
    """The rows of float64 [units, n] that differ, and how many units have each."""
    if not len(units):
        return units, np.zeros(0)
    kinds, counts = np.unique(units, axis=0, return_counts=True)
    return kinds, counts.astype(np.float64)


def _pairs(count: Floats) -> Floats:
    return np.asarray(count * (count - 1) / 2)


def _estimate(coefficient: Coefficient, counts: Floats, seed: int) -> Estimate:
    value = coefficient(counts)
    if isinstance(value, Undefined):
        return Estimate(value, value, value)
    units = int(counts.sum())
    drawn = np.random.default_rng(seed).multinomial(units, counts / units, ROUNDS).astype(np.float64)
    draws = (coefficient(weights) for weights in drawn)
    defined = [draw for draw in draws if not isinstance(draw, Undefined)]
    if units < 2 or len(defined) * 2 < ROUNDS:
        why = Undefined("too few neurons were judged for an interval")
        return Estimate(value, why, why)
    low, high = np.quantile(defined, [0.025, 0.975])
    return Estimate(value, float(low), float(high))
