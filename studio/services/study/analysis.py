"""From rows to means and paired comparisons. Pairs are neurons: runs are averaged first (METHOD 6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.domain.agreement import Undefined
from studio.domain.modality import TokenKind
from studio.domain.statistics import benjamini_hochberg
from studio.services.comparison import Comparison, bootstrap_interval, compare
from studio.services.study.methods import OURS, Method
from studio.services.study.scoring import MEASURES, Row

Floats = NDArray[np.float64]
Number = float | Undefined


@dataclass(frozen=True, slots=True)
class Mean:
    """One method on one side by one measure: mean over `n` neurons with its 95 % interval (bootstrap by
    neuron), the standard deviation over neurons, and over the runs' means."""

    side: TokenKind
    measure: str
    method: str
    n: int
    mean: Number
    low: Number
    high: Number
    deviation: Number
    over_runs: Number


@dataclass(frozen=True, slots=True)
class Contrast:
    """Ours against another method. `t_q` and `wilcoxon_q` are Benjamini-Hochberg over all comparisons of the
    study; `relative` is the difference over the other's mean, where that is above 0; `better`, `same` and
    `worse` count the neurons on which ours is."""

    side: TokenKind
    measure: str
    other: str
    found: Comparison | Undefined
    relative: Number
    t_q: Number
    wilcoxon_q: Number
    better: int
    same: int
    worse: int


class Table:
    """The rows as float64 [neurons, runs] by side, method and measure; NaN where there is none."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._rows = list(rows)
        self._runs = {run: i for i, run in enumerate(sorted({row.run for row in self._rows}))}
        self._neurons = {
            side: {n: i for i, n in enumerate(sorted({r.neuron for r in self._rows if r.side is side}))}
            for side in TokenKind
        }

    def neurons(self, side: TokenKind) -> list[int]:
        """The neurons of a side, ascending."""
        return list(self._neurons[side])

    def values(self, side: TokenKind, method: str, measure: str) -> Floats:
        """One number a neuron and run: float64 [neurons, runs]."""
        found = np.full((len(self._neurons[side]), len(self._runs)), np.nan)
        for row in self._rows:
            if row.side is side and row.method == method:
                found[self._neurons[side][row.neuron], self._runs[row.run]] = getattr(row, measure)
        return found


def means(table: Table, methods: Sequence[Method], same: Mapping[str, str]) -> list[Mean]:
    """Every method that was run, on every side, by every measure; not those of `same`."""
    return [
        _mean(side, measure.name, method.name, table.values(side, method.name, measure.name))
        for side in TokenKind
        for measure in MEASURES
        for method in methods
        if side in method.sides and method.name not in same
    ]


def contrasts(table: Table, methods: Sequence[Method], same: Mapping[str, str]) -> list[Contrast]:
    """Ours against every other method, with q over all of them. `same` names the methods that cannot be told
    from ours, with the reason."""
    places = [
        (side, measure.name, method.name)
        for side in TokenKind
        for measure in MEASURES
        for method in methods
        if method is not OURS and side in method.sides
    ]
    pairs = [paired(table, *place) for place in places]
    found = [
        Undefined(same[other]) if other in same else compare(ours.tolist(), theirs.tolist())
        for (_, _, other), (ours, theirs) in zip(places, pairs, strict=True)
    ]
    t_q = _q([c.t_p if isinstance(c, Comparison) else c for c in found])
    wilcoxon_q = _q([c.wilcoxon_p if isinstance(c, Comparison) else c for c in found])
    return [
        Contrast(*place, comparison, _relative(comparison), t, wilcoxon, *_counts(ours - theirs))
        for place, comparison, t, wilcoxon, (ours, theirs) in zip(
            places, found, t_q, wilcoxon_q, pairs, strict=True
        )
    ]


def paired(table: Table, side: TokenKind, measure: str, other: str) -> tuple[Floats, Floats]:
    """Ours and the other, each the mean over the runs that have both: float64 [neurons], NaN missing."""
    ours, theirs = table.values(side, OURS.name, measure), table.values(side, other, measure)
    both = np.isfinite(ours) & np.isfinite(theirs)
    return by_neuron(np.where(both, ours, np.nan)), by_neuron(np.where(both, theirs, np.nan))


def by_neuron(values: Floats) -> Floats:
    """Mean over the runs of each neuron that have a value: float64 [neurons], NaN where none has."""
    known = np.isfinite(values)
    count = known.sum(axis=1)
    total = np.where(known, values, 0.0).sum(axis=1)
    return np.asarray(np.divide(total, count, out=np.full(len(values), np.nan), where=count > 0))


def _counts(difference: Floats) -> tuple[int, int, int]:
    return int((difference > 0).sum()), int((difference == 0).sum()), int((difference < 0).sum())


def _mean(side: TokenKind, measure: str, method: str, values: Floats) -> Mean:
    neurons = by_neuron(values)
    neurons = neurons[np.isfinite(neurons)]
    if not len(neurons):
        why = Undefined("no neuron has this measure")
        return Mean(side, measure, method, 0, why, why, why, why, why)
    low, high = bootstrap_interval(neurons, 0)
    runs = by_neuron(values.T)
    runs = runs[np.isfinite(runs)]
    return Mean(
        side, measure, method, len(neurons), float(neurons.mean()), low, high,
        _deviation(neurons, "one neuron has no spread"), _deviation(runs, "one run has no spread"),
    )  # fmt: skip


def _deviation(values: Floats, why: str) -> Number:
    return float(values.std(ddof=1)) if len(values) > 1 else Undefined(why)


def _relative(found: Comparison | Undefined) -> Number:
    if isinstance(found, Undefined):
        return found
    if found.mean_theirs <= 0:
        return Undefined("the other method's mean is not above 0")
    return found.difference / found.mean_theirs


def _q(p: Sequence[Number]) -> list[Number]:
    q = benjamini_hochberg([float("nan") if isinstance(value, Undefined) else value for value in p])
    return [p[i] if isinstance(p[i], Undefined) else float(q[i]) for i in range(len(p))]
