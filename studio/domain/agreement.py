"""Agreement between annotators: Krippendorff's alpha, Cohen's kappa, raw agreement.

A degenerate table has no agreement coefficient. It gives `Undefined` with the reason, never NaN.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Level = Literal["nominal", "ordinal"]


@dataclass(frozen=True, slots=True)
class Undefined:
    """A statistic that does not exist for this table, and why."""

    why: str

    def __str__(self) -> str:
        return f"undefined: {self.why}"


Ratings = Sequence[Sequence[Any]]
NO_UNIT = Undefined("no neuron was judged by two annotators")
NO_PAIR = Undefined("no neuron was judged by both")
NO_SPREAD = Undefined("all values are the same, so there is no disagreement to expect")
NO_CHANCE = Undefined("all values are the same, so chance agreement is already complete")


def krippendorff_alpha(
    ratings: Ratings, level: Level = "nominal", order: Sequence[Any] | None = None
) -> float | Undefined:
    """Krippendorff's alpha over `ratings[annotator][unit]`, None where an annotator said nothing.

    alpha = 1 - D_o / D_e with the coincidence matrix of Krippendorff (2011), "Computing Krippendorff's
    Alpha-Reliability". `order` gives the values in their order (needed for "ordinal"; the sorted values when
    it is left out). Units with fewer than two values do not count.
    """
    values = list(order) if order is not None else _sorted_values(ratings)
    return alpha_of(said_of(ratings, values), level)


def alpha_of(said: NDArray[np.float64], level: Level, weights: ArrayLike | None = None) -> float | Undefined:
    """Alpha of `said` float64 [units, values]: how many annotators gave a unit each value (`said_of`).

    `weights` [units] counts a unit so many times, as a bootstrap does.
    """
    coincidence = _coincidences(said, weights)
    n = coincidence.sum()
    if n == 0:
        return NO_UNIT
    totals = coincidence.sum(axis=1)
    if np.count_nonzero(totals) < 2:
        return NO_SPREAD
    delta = _distance(totals, level)
    observed = float((coincidence * delta).sum())
    expected = float((np.outer(totals, totals) * delta).sum()) / (n - 1)
    return float(1.0 - observed / expected)


def said_of(ratings: Ratings, values: Sequence[Hashable]) -> NDArray[np.float64]:
    """How many annotators gave each unit each of `values`: float64 [units, values]."""
    index = {value: i for i, value in enumerate(values)}
    units = list(zip(*ratings, strict=True))
    said = np.zeros((len(units), len(values)))
    for row, unit in zip(said, units, strict=True):
        for value in unit:
            if value is not None:
                row[index[value]] += 1
    return said


def _sorted_values(ratings: Ratings) -> list[Any]:
    return sorted({value for row in ratings for value in row if value is not None})


def _coincidences(said: NDArray[np.float64], weights: ArrayLike | None) -> NDArray[np.float64]:
    """Coincidence matrix o[c, k]: pairs within units, each unit weighted 1 / (m_u - 1)."""
    judged = said.sum(axis=1)
    share = np.divide(1.0, judged - 1, out=np.zeros(len(said)), where=judged >= 2)
    if weights is not None:
        share = share * np.asarray(weights, np.float64)
    return np.asarray((said * share[:, None]).T @ said - np.diag(share @ said))


def _distance(totals: NDArray[np.float64], level: Level) -> NDArray[np.float64]:
    """Squared difference function: 1 off the diagonal, or the ordinal one from the marginal totals."""
    if level == "nominal":
        return 1.0 - np.eye(len(totals))
    middle = np.cumsum(totals) - totals / 2
    return np.asarray((middle[:, None] - middle[None, :]) ** 2)


def cohen_kappa(one: Sequence[Hashable | None], two: Sequence[Hashable | None]) -> float | Undefined:
    """Cohen's kappa of two annotators over the units both judged (Cohen 1960)."""
    pairs = _both(one, two)
    if not pairs:
        return NO_PAIR
    return kappa_of(_table(pairs))


def kappa_of(table: NDArray[np.float64]) -> float | Undefined:
    """Cohen's kappa of a table of counts float64 [values of one, values of the other], in the same order."""
    n = float(table.sum())
    if n == 0:
        return NO_PAIR
    totals = table.sum(axis=0) + table.sum(axis=1)
    if np.count_nonzero(totals) < 2:
        return NO_CHANCE
    raw = float(np.trace(table)) / n
    chance = float(table.sum(axis=1) @ table.sum(axis=0)) / n**2
    return (raw - chance) / (1 - chance)


def _table(pairs: Sequence[tuple[Hashable, Hashable]]) -> NDArray[np.float64]:
    index = {value: i for i, value in enumerate(dict.fromkeys(v for pair in pairs for v in pair))}
    table = np.zeros((len(index), len(index)))
    for one, two in pairs:
        table[index[one], index[two]] += 1
    return table


def raw_agreement(ratings: Ratings) -> float | Undefined:
    """Share of pairs of judgements of the same unit that are equal."""
    equal = total = 0.0
    for unit in zip(*ratings, strict=True):
        said = [v for v in unit if v is not None]
        pairs = [(a, b) for i, a in enumerate(said) for b in said[i + 1 :]]
        equal += sum(a == b for a, b in pairs)
        total += len(pairs)
    return equal / total if total else NO_UNIT


def _both(one: Sequence[Hashable | None], two: Sequence[Hashable | None]) -> list[tuple[Hashable, Hashable]]:
    return [(a, b) for a, b in zip(one, two, strict=True) if a is not None and b is not None]
