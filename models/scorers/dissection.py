"""Network Dissection: IoU of where a neuron fires with where a concept is, over a data set with masks.

Bau et al. (2017), "Network Dissection: Quantifying Interpretability of Deep Visual Representations":
IoU(k, c) = sum over images |M_k and L_c| / sum over images |M_k or L_c|, with M_k = {activation >= T_k},
P(a_k > T_k) = 0.005 over all places of all images. An SAE's neuron is silent nearly everywhere, so that T_k
may be 0; only places with a > 0 count as firing (METHOD 6).
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike, NDArray

QUANTILE = 0.005

Floats = NDArray[np.float64]


def threshold(values: ArrayLike, places: int, quantile: float = QUANTILE) -> float:
    """T_k: the activation that a share `quantile` of `places` reaches; `values` are those above 0.

    0 when fewer places than that fire at all: every one of them then counts. Raises ValueError when there are
    more values than places.
    """
    found = np.asarray(values, np.float64).ravel()
    found = found[found > 0]
    if len(found) > places:
        raise ValueError(f"{len(found)} activations cannot lie on {places} places")
    allowed = int(np.floor(quantile * places))
    if allowed >= len(found):
        return 0.0
    return float(np.partition(found, len(found) - allowed - 1)[len(found) - allowed - 1])


class Dissection:
    """Adds up pixels image by image: memory depends on concepts, never on the data."""

    def __init__(self, concepts: int, limit: float) -> None:
        self._limit = limit
        self._both = np.zeros(concepts, np.int64)
        self._concept = np.zeros(concepts, np.int64)
        self._fires = 0

    def add(self, heat: ArrayLike, masks: Iterable[ArrayLike]) -> None:
        """One image: `heat` [height, width], the activation at each pixel, and a bool mask of the same shape
        for each concept. A pixel fires above the threshold and above 0. ValueError for other shapes."""
        values = np.asarray(heat, np.float64)
        fires = (values > self._limit) & (values > 0)
        self._fires += int(fires.sum())
        found = [np.asarray(mask, np.bool_) for mask in masks]
        if len(found) != len(self._both) or any(mask.shape != fires.shape for mask in found):
            raise ValueError("one mask of the image's shape is needed for each concept")
        self._both += [int((fires & mask).sum()) for mask in found]
        self._concept += [int(mask.sum()) for mask in found]

    def iou(self) -> Floats:
        """IoU of the neuron with every concept: float64 [concepts]; NaN where both are nowhere."""
        union = self._fires + self._concept - self._both
        return np.divide(self._both, union, out=np.full(len(union), np.nan), where=union > 0)
