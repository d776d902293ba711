"""Firing against right and wrong answers: counts, differences, tests."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from studio.domain.modality import Modality, TokenKind
from studio.domain.statistics import benjamini_hochberg, wilson_interval

#: The 97.5 % point of the normal distribution.
UNCLEAR = list(Modality).index(Modality.UNCLEAR)

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(slots=True)
class AnswerCounts:
    """`fires` int64 [2 sides, 2 (wrong, right), latents]: samples in which a latent fires on a side's tokens.
    `by_class`: for each sample how many neurons of each class fire on either side, int64 [4]; `right`:
    whether its answer was right."""

    latents: int
    classes: NDArray[np.int8]
    fires: Ints = field(init=False)
    by_class: list[Ints] = field(default_factory=list)
    right: list[bool] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.fires = np.zeros((len(TokenKind), 2, self.latents), np.int64)

    def add(self, right: bool, firing: tuple[Ints, Ints]) -> None:
        """One sample: whether it was answered rightly, and the latents that fire on its image and text."""
        for side, latents in enumerate(firing):
            self.fires[side, int(right), latents] += 1
        either = np.union1d(*firing)
        self.by_class.append(np.bincount(self.classes[either], minlength=len(Modality)).astype(np.int64))
        self.right.append(right)

    @property
    def totals(self) -> tuple[int, int]:
        """Samples answered wrongly and rightly."""
        right = sum(self.right)
        return len(self.right) - right, right


@dataclass(frozen=True, slots=True)
class RateTest:
    """Of the samples where a neuron fires, the share answered rightly, less that of the others.

    `difference`, `low` and `high` (Newcombe's 95 % interval), `p` (Fisher's exact test, two-sided) and `q`:
    float64 [n]; NaN where a neuron fires in every sample or in none.
    """

    difference: Floats
    low: Floats
    high: Floats
    p: Floats
    q: Floats


def rate_tests(fires_wrong: Ints, fires_right: Ints, wrong: int, right: int) -> RateTest:
    """Test every neuron: `fires_wrong` and `fires_right` int64 [n] of `wrong` and `right` samples in all.

    Newcombe (1998), method 10, from Wilson's intervals. q is Benjamini-Hochberg over the tested.
    """
    fires, silent = fires_wrong + fires_right, wrong + right - fires_wrong - fires_right
    with np.errstate(invalid="ignore", divide="ignore"):
        p1, p2 = fires_right / fires, (right - fires_right) / silent
        l1, u1 = wilson_interval(p1, fires)
        l2, u2 = wilson_interval(p2, silent)
        difference = p1 - p2
        low = difference - np.sqrt((p1 - l1) ** 2 + (u2 - p2) ** 2)
        high = difference + np.sqrt((u1 - p1) ** 2 + (p2 - l2) ** 2)
    p = _fisher(fires_wrong, fires_right, wrong, right)
    p[(fires == 0) | (silent == 0)] = np.nan
    return RateTest(difference, low, high, p, benjamini_hochberg(p))


def _fisher(fires_wrong: Ints, fires_right: Ints, wrong: int, right: int) -> Floats:
    """Two-sided p values; equal tables, of which there are many, are tested once."""
    from scipy.stats import fisher_exact

    tables, place = np.unique(np.stack([fires_wrong, fires_right], axis=1), axis=0, return_inverse=True)
    p = [fisher_exact([[b, a], [right - b, wrong - a]])[1] for a, b in tables.tolist()]
    return np.array(p, np.float64)[place.reshape(-1)] if p else np.zeros(0)


@dataclass(frozen=True, slots=True)
class ClassRow:
    """How often neurons of a class fire: `right` and `wrong` are the mean share of the class's `neurons` that
    fires in a sample answered so. `p`: Mann-Whitney U over samples, two-sided; `q` over the classes;
    `effect`: rank-biserial correlation, above 0 where more fire in samples answered rightly. None where
    undefined."""

    modality: Modality
    neurons: int
    right: float | None
    wrong: float | None
    effect: float | None
    p: float | None
    q: float | None


def class_rows(counts: AnswerCounts, neurons: Ints) -> list[ClassRow]:
    """A row for every class that has neurons; `neurons` int64 [4] says how many."""
    from scipy.stats import mannwhitneyu

    table, right = np.array(counts.by_class).reshape(-1, len(Modality)), np.array(counts.right, np.bool_)
    present = [place for place in range(len(Modality)) if neurons[place]]
    tests = []
    for place in present:
        a, b = table[right, place], table[~right, place]
        tests.append(mannwhitneyu(a, b) if len(a) and len(b) else None)
    q = benjamini_hochberg([math.nan if test is None else float(test.pvalue) for test in tests])
    return [
        _class_row(place, int(neurons[place]), table[:, place], right, test, float(q[i]))
        for i, (place, test) in enumerate(zip(present, tests, strict=True))
    ]


def _class_row(
    place: int, neurons: int, column: Ints, right: NDArray[np.bool_], test: object, q: float
) -> ClassRow:
    modality = list(Modality)[place]
    rightly, wrongly = (
        float(column[part].mean()) / neurons if part.any() else None for part in (right, ~right)
    )
    if test is None:
        return ClassRow(modality, neurons, rightly, wrongly, None, None, None)
    u, p = float(test.statistic), float(test.pvalue)  # type: ignore[attr-defined]
    effect = 2 * u / (int(right.sum()) * int((~right).sum())) - 1
    return ClassRow(modality, neurons, rightly, wrongly, effect, p, q)
