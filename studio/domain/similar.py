"""Neurons that are like one another, and where each stands on the map."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray


class Likeness(StrEnum):
    """In what two neurons are alike. DECODER: the cosine of their decoder vectors. TOGETHER: how many of the
    samples kept as examples on which the one fires the other was kept for as well."""

    DECODER = "decoder"
    TOGETHER = "together"


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Of n neurons, the most alike first. `index` int32 [n, k], -1 where there are fewer. `value` float32
    [n, k]: the cosine, of vectors (DECODER) or of sets of samples (TOGETHER: Ochiai 1957, shared over the
    root of the product of their sizes). `shared` int32 [n, k]: samples in common, 0 for DECODER."""

    index: NDArray[np.int32]
    value: NDArray[np.float32]
    shared: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Alike:
    """One neuron that is like another."""

    neuron: int
    value: float
    shared: int = 0


@dataclass(frozen=True, slots=True)
class SimilarSpec:
    """What to compute for the neurons of a project: neighbours, and a map laid out in `steps` steps."""

    source: str
    hookpoint: str | None = None
    revision: str | None = None
    count: int = 32
    linked: int = 15
    steps: int = 1500
    device: str = "auto"
    seed: int = 0
