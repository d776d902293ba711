"""Agreement between annotators: Krippendorff's alpha, Cohen's kappa, raw agreement.

A degenerate table has no agreement coefficient. It gives `Undefined` with the reason, never NaN.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Level = Literal["nominal", "ordinal"]


@dataclass(frozen=True, slots=True)
class Undefined:
    """A statistic that does not exist for this table, and why."""

    why: str

    def __str__(self) -> str:
        return f"undefined: {self.why}"


Ratings = Sequence[Sequence[Any]]


def krippendorff_alpha(
    ratings: Ratings, level: Level = "nominal", order: Sequence[Any] | None = None
) -> float | Undefined:
    """Krippendorff's alpha over `ratings[annotator][unit]`, None where an annotator said nothing.

    alpha = 1 - D_o / D_e with the coincidence matrix of Krippendorff (2011), "Computing Krippendorff's
    Alpha-Reliability". `order` gives the values in their order (needed for "ordinal"; the sorted values when
    it is left out). Units with fewer than two values do not count.
    """
    values = list(order) if order is not None else _sorted_values(ratings)
    coincidence = _coincidences(ratings, values)
    n = coincidence.sum()
    if n == 0:
        return Undefined("no unit was judged by two annotators")
    totals = coincidence.sum(axis=1)
    if np.count_nonzero(totals) < 2:
        return Undefined("all values are the same, so there is no disagreement to expect")
    delta = _distance(totals, level)
    observed = float((coincidence * delta).sum())
    expected = float((np.outer(totals, totals) * delta).sum()) / (n - 1)
    return float(1.0 - observed / expected)


def _sorted_values(ratings: Ratings) -> list[Any]:
    return sorted({value for row in ratings for value in row if value is not None})


def _coincidences(ratings: Ratings, values: Sequence[Hashable]) -> NDArray[np.float64]:
    """Coincidence matrix o[c, k]: pairs within units, each unit weighted 1 / (m_u - 1)."""
    index = {value: i for i, value in enumerate(values)}
    matrix = np.zeros((len(values), len(values)))
    for unit in zip(*ratings, strict=True):
        counts = np.zeros(len(values))
        for value in unit:
            if value is not None:
                counts[index[value]] += 1
        if counts.sum() >= 2:
            matrix += (np.outer(counts, counts) - np.diag(counts)) / (counts.sum() - 1)
    return matrix


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
        return Undefined("no unit was judged by both")
    values = {v for pair in pairs for v in pair}
    if len(values) == 1:
        return Undefined("all values are the same, so chance agreement is already complete")
    n = len(pairs)
    raw = sum(a == b for a, b in pairs) / n
    chance = sum(sum(a == v for a, _ in pairs) * sum(b == v for _, b in pairs) for v in values) / n**2
    return float((raw - chance) / (1 - chance))


def raw_agreement(ratings: Ratings) -> float | Undefined:
    """Share of pairs of judgements of the same unit that are equal."""
    equal = total = 0.0
    for unit in zip(*ratings, strict=True):
        said = [v for v in unit if v is not None]
        pairs = [(a, b) for i, a in enumerate(said) for b in said[i + 1 :]]
        equal += sum(a == b for a, b in pairs)
        total += len(pairs)
    return equal / total if total else Undefined("no unit was judged by two annotators")


def _both(one: Sequence[Hashable | None], two: Sequence[Hashable | None]) -> list[tuple[Hashable, Hashable]]:
    return [(a, b) for a, b in zip(one, two, strict=True) if a is not None and b is not None]
