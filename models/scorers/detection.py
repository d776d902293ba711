"""Detection and fuzzing, without the leaks (Paulo et al. 2024; METHOD 6 and 7).

Detection: which of these examples fires the neuron that the concept names? Fuzzing: in which of them are the
marked tokens those it fires on? Items come from examples the explainer did not see, positives and negatives
are marked alike and come in an order drawn by a seed. What answers is a judge: anything that gives one number
per item, higher where it says yes.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from studio.domain.statistics import wilson_interval

Floats = NDArray[np.float64]


class LeakError(ValueError):
    """An item to be judged comes from a picture or text that the explainer has seen."""


@dataclass(frozen=True, slots=True)
class Item:
    """What the judge is shown: a text with some tokens marked. `group` says which items show the same picture
    or text; `positive`: the truth, which the judge is not shown."""

    text: str
    marks: tuple[int, ...]
    group: Hashable
    positive: bool


#: Gives (concept, texts, marked tokens) -> float64 [items], higher where it says yes.
Judge = Callable[[str, Sequence[str], Sequence[tuple[int, ...]]], ArrayLike]


@dataclass(frozen=True, slots=True)
class Outcome:
    """`balanced` accuracy = (TPR + TNR) / 2 at the judge's cut, its 95 % interval, and `auc`."""

    positives: int
    negatives: int
    balanced: float
    low: float
    high: float
    auc: float


class Tested(Protocol):
    """Anything with a group and a truth."""

    @property
    def group(self) -> Hashable: ...

    @property
    def positive(self) -> bool: ...


AnyItem = TypeVar("AnyItem", bound=Tested)


def frozen(items: Iterable[AnyItem], seen: Iterable[Hashable], seed: int) -> tuple[AnyItem, ...]:
    """The items in an order drawn by `seed`.

    Raises `LeakError` when the group of one was seen, ValueError without both positives and negatives.
    """
    found, known = list(items), set(seen)
    leaked = [item.group for item in found if item.group in known]
    if leaked:
        raise LeakError(f"{len(leaked)} held-out items were seen by the explainer, as {leaked[0]!r}")
    if len({item.positive for item in found}) < 2:
        raise ValueError("both positives and negatives are needed")
    return tuple(found[i] for i in np.random.default_rng(seed).permutation(len(found)))


def marked_alike(positive: Sequence[int], length: int, seed: int) -> tuple[int, ...]:
    """Marks for a negative of `length` tokens: as many as a positive has (as far as they fit), at random
    places, so that the number of marks gives nothing away."""
    count = min(len(positive), length)
    return tuple(sorted(np.random.default_rng(seed).permutation(length)[:count].tolist()))


def run_test(concept: str, items: Sequence[Item], judge: Judge, cut: float) -> Outcome:
    """Ask the judge about `items` (from `frozen`) and compare with the truth; yes is a number above `cut`.

    Raises ValueError when the judge gives other than one finite number for each item.
    """
    said = np.asarray(judge(concept, [i.text for i in items], [i.marks for i in items]), np.float64)
    if said.shape != (len(items),):
        raise ValueError(f"The judge must give {len(items)} finite numbers, not {said.shape}.")
    return outcome(said, [item.positive for item in items], cut)


def outcome(said: ArrayLike, positive: ArrayLike, cut: float) -> Outcome:
    """Compare what a judge said, float [n], with the truth, bool [n]; yes is a number above `cut`.

    Raises ValueError for numbers that are not finite, and without both positives and negatives.
    """
    said, truth = np.asarray(said, np.float64), np.asarray(positive, np.bool_)
    if said.shape != truth.shape or not np.isfinite(said).all() or len(set(truth.tolist())) < 2:
        raise ValueError("finite numbers for both positives and negatives are needed")
    yes, no = said[truth] > cut, said[~truth] <= cut
    low, high = _interval(yes, no)
    return Outcome(len(yes), len(no), float(yes.mean() + no.mean()) / 2, low, high, auc(said, truth))


def auc(said: ArrayLike, truth: ArrayLike) -> float:
    """Area under the ROC curve = P(positive above negative) + P(equal) / 2 (Mann and Whitney 1947)."""
    values, positive = np.asarray(said, np.float64), np.asarray(truth, np.bool_)
    above, below = values[positive], np.sort(values[~positive])
    less = np.searchsorted(below, above, "left")
    not_more = np.searchsorted(below, above, "right")
    return float((less + not_more).sum() / 2 / (len(above) * len(below)))


def _interval(yes: NDArray[np.bool_], no: NDArray[np.bool_]) -> tuple[float, float]:
    """95 % interval of balanced accuracy from those of its two shares, by squares and adding (Newcombe 1998,
    method 10, for a mean): a judge that is right about all of few items has no interval of width 0."""
    shares = np.array([yes.mean(), no.mean()])
    low, high = wilson_interval(shares, [len(yes), len(no)])
    middle = shares.mean()
    return (
        float(middle - np.sqrt(np.square(shares - low).sum()) / 2),
        float(middle + np.sqrt(np.square(high - shares).sum()) / 2),
    )
