"""Which other neurons' evidence a concept is compared with (METHOD 4)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.services.embeddings import SideEvidence

#: The background is drawn from this many times as many neurons, those nearest in size.
NEAREST = 2
#: Robust standard deviations above the median at which a neuron's evidence stands for a concept, so that it
#: is no null for it. Of neurons that have nothing to do with it, about one in a thousand lies above.
STANDS_FOR = 3.0
#: The standard deviation of a normal distribution over its median absolute deviation.
MAD_TO_SIGMA = 1.4826


def standing_for(concept: NDArray[np.float32], rows: SideEvidence, seen: SideEvidence) -> NDArray[np.int64]:
    """Places in `rows` of the neurons whose *seen* evidence stands for a concept: int64, ascending.

    A concept has as a rule several neurons, and a red fruit resembles "apple" as well. Left in the
    background, they hide each other: the empirical p of all of them grows with their number, and none is
    significant where many are. They are told by the half of the examples that the explainer sees, and the
    test is on the held-out half, so that leaving them out does not favour the neuron under test. The median
    and the median absolute deviation are those of all neurons, which up to half of them cannot move far.
    `concept` is a unit vector float32 [e].
    """
    cosines = seen.mean.astype(np.float64) @ concept.astype(np.float64)
    if len(cosines) < 2:
        return np.zeros(0, np.int64)
    middle = np.median(cosines)
    spread = MAD_TO_SIGMA * np.median(np.abs(cosines - middle))
    found = np.isin(rows.neurons, seen.neurons[cosines > middle + STANDS_FOR * spread])
    return np.flatnonzero(found) if spread > 0 else np.zeros(0, np.int64)


def matched(
    place: int, count: int, wanted: int, seed: tuple[int, ...], barred: NDArray[np.int64] | None = None
) -> NDArray[np.int64]:
    """Places of the background of the neuron at `place` of `count`, when neurons are ordered by size.

    A random `wanted` of the `NEAREST` x `wanted` neurons nearest in that order, never the neuron itself nor
    one at a place in `barred`: int64, ascending, fewer where there are fewer, the same for the same seed.
    """
    allowed = np.ones(count, np.bool_)
    allowed[place] = False
    if barred is not None:
        allowed[barred] = False
    free = np.flatnonzero(allowed)
    near = min(NEAREST * wanted, len(free))
    middle = int(np.searchsorted(free, place))
    low = min(max(0, middle - near // 2), len(free) - near)
    drawn = np.random.default_rng(seed).permutation(free[low : low + near])
    return np.sort(drawn[: min(wanted, len(free))])
