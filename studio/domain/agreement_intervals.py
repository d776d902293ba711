"""How far coefficients of agreement can be trusted: bootstrap intervals over the units that were judged.

Units (neurons) are drawn, never single ratings: several annotators' ratings of one neuron belong together. A
draw whose table is degenerate has no coefficient and is left out; where that happens to more than half of the
draws, there is no interval.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.domain.agreement import Level, Ratings, Undefined, alpha_of, kappa_of, said_of

ROUNDS = 1000
Floats = NDArray[np.float64]
#: Gives the coefficient when unit i counts weights[i] times.
Coefficient = Callable[[Floats], float | Undefined]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A coefficient with its 95 % interval; what does not exist is `Undefined` with the reason."""

    value: float | Undefined
    low: float | Undefined
    high: float | Undefined


def alpha(ratings: Ratings, level: Level, values: Sequence[Hashable], seed: int = 0) -> Estimate:
    """Krippendorff's alpha over `ratings[annotator][unit]`; `values` in their order."""
    said = said_of(ratings, values)
    return _estimate(lambda weights: alpha_of(said, level, weights), len(said), seed)


def raw(ratings: Ratings, values: Sequence[Hashable], seed: int = 0) -> Estimate:
    """Share of pairs of judgements of the same unit that are equal."""
    said = said_of(ratings, values)
    equal, pairs = _pairs(said).sum(axis=1), _pairs(said.sum(axis=1))

    def share(weights: Floats) -> float | Undefined:
        judged = float(weights @ pairs)
        return (
            float(weights @ equal) / judged if judged else Undefined("no unit was judged by two annotators")
        )

    return _estimate(share, len(said), seed)


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
        why = Undefined("no unit was judged by both")
        return Estimate(why, why, why)
    rows, columns = (np.array(side) for side in zip(*both, strict=True))

    def coefficient(weights: Floats) -> float | Undefined:
        table = np.zeros((len(values), len(values)))
        np.add.at(table, (rows, columns), weights)
        return kappa_of(table)

    return _estimate(coefficient, len(both), seed)


def _pairs(count: Floats) -> Floats:
    return np.asarray(count * (count - 1) / 2)


def _estimate(coefficient: Coefficient, units: int, seed: int) -> Estimate:
    value = coefficient(np.ones(units))
    if isinstance(value, Undefined):
        return Estimate(value, value, value)
    rng, even = np.random.default_rng(seed), np.full(units, 1 / units)
    draws = [coefficient(rng.multinomial(units, even).astype(np.float64)) for _ in range(ROUNDS)]
    defined = [draw for draw in draws if not isinstance(draw, Undefined)]
    if units < 2 or len(defined) * 2 < ROUNDS:
        why = Undefined("too few neurons were judged for an interval")
        return Estimate(value, why, why)
    low, high = np.quantile(defined, [0.025, 0.975])
    return Estimate(value, float(low), float(high))
