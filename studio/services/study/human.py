"""What people say: ratings of the project's concepts, and how far annotators agree (METHOD 6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from studio.domain import agreement_intervals
from studio.domain.agreement import Level, Undefined
from studio.domain.agreement_intervals import Estimate
from studio.domain.annotation import Label
from studio.services.comparison import bootstrap_interval

RATINGS = (1, 2, 3, 4, 5)
#: Annotators that the protocol asks for.
ASKED = 3
Number = float | Undefined


@dataclass(frozen=True, slots=True)
class Rater:
    """One annotator: how many neurons they rated, and the mean and standard deviation of their ratings."""

    annotator: str
    n: int
    mean: float
    deviation: Number


@dataclass(frozen=True, slots=True)
class Human:
    """Ratings 1 to 5. `mean` with its interval is over neurons, each the mean of its annotators' ratings;
    `over_annotators` is the standard deviation of the annotators' means, `within` the mean over neurons of
    the standard deviation between the ratings of one neuron. `kappa` is of each pair of annotators."""

    raters: tuple[Rater, ...]
    neurons: int
    shared: int
    mean: Number
    low: Number
    high: Number
    over_annotators: Number
    within: Number
    ordinal: Estimate
    nominal: Estimate
    raw: Estimate
    kappa: Mapping[tuple[str, str], Estimate]

    @property
    def enough(self) -> bool:
        """Whether as many annotators have rated as the protocol asks for."""
        return len(self.raters) >= ASKED


def human(labels: Sequence[Label]) -> Human:
    """The ratings among `labels`; skipped neurons count when they were rated before."""
    said = {(label.annotator, label.neuron): label.rating for label in labels if label.rating is not None}
    annotators = sorted({who for who, _ in said})
    neurons = sorted({neuron for _, neuron in said})
    table = [[said.get((who, neuron)) for neuron in neurons] for who in annotators]
    columns = [[r for r in column if r is not None] for column in zip(*table, strict=True)]
    own = np.array([np.mean(column) for column in columns], np.float64)
    spread = [float(np.std(column, ddof=1)) for column in columns if len(column) > 1]
    low, high = _nothing(2) if not neurons else bootstrap_interval(own, 0)
    return Human(
        raters=tuple(_rater(who, row) for who, row in zip(annotators, table, strict=True)),
        neurons=len(neurons),
        shared=len(spread),
        mean=float(own.mean()) if neurons else _nothing(1)[0],
        low=low,
        high=high,
        over_annotators=_over_annotators(table),
        within=float(np.mean(spread)) if spread else Undefined("no neuron was rated by two annotators"),
        ordinal=_agreement(table, "ordinal"),
        nominal=_agreement(table, "nominal"),
        raw=agreement_intervals.raw(table, RATINGS) if len(table) > 1 else _alone(len(table)),
        kappa={
            (annotators[a], annotators[b]): agreement_intervals.kappa(table[a], table[b], RATINGS)
            for a, b in combinations(range(len(table)), 2)
        },
    )


def _agreement(table: list[list[int | None]], level: Level) -> Estimate:
    return agreement_intervals.alpha(table, level, RATINGS) if len(table) > 1 else _alone(len(table))


def _alone(count: int) -> Estimate:
    why = Undefined("only one annotator has rated" if count else "nobody has rated yet")
    return Estimate(why, why, why)


def _rater(who: str, row: Sequence[int | None]) -> Rater:
    given = [rating for rating in row if rating is not None]
    spread = float(np.std(given, ddof=1)) if len(given) > 1 else Undefined("one rating has no spread")
    return Rater(who, len(given), float(np.mean(given)), spread)


def _over_annotators(table: list[list[int | None]]) -> Number:
    own = [np.mean([r for r in row if r is not None]) for row in table]
    return float(np.std(own, ddof=1)) if len(own) > 1 else _alone(len(own)).value


def _nothing(count: int) -> list[Undefined]:
    return [Undefined("nobody has rated yet")] * count
