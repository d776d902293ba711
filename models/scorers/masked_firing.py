"""Network Dissection for all neurons in one pass: what `Dissection` says of each, added up image by image."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.pictures import region_mask

Floats = NDArray[np.float64]


class MaskedFiring:
    """Pixels where each neuron fires, where each concept is, and where both are. Memory is neurons x
    concepts. `limits` float [neurons]: T_k of each (see `dissection.threshold`)."""

    def __init__(self, limits: ArrayLike, concepts: int) -> None:
        self._limits = np.asarray(limits, np.float64)
        self._both = np.zeros((len(self._limits), concepts), np.int64)
        self._fires = np.zeros(len(self._limits), np.int64)
        self._concept = np.zeros(concepts, np.int64)
        self._spared = np.zeros((len(self._limits), concepts), np.int64)
        self._spared_images = np.zeros(len(self._limits), np.int64)
        self._images = 0

    def add(
        self,
        labels: NDArray[np.integer],
        concepts: Mapping[int, tuple[int, ...]],
        boxes: NDArray[np.floating],
        neurons: NDArray[np.integer],
        tokens: NDArray[np.integer],
        values: NDArray[np.floating],
        spared: ArrayLike = (),
    ) -> None:
        """One image. `labels` int [height, width]: which thing is at each pixel; `concepts`: those of each
        thing; `boxes` float [tokens, 4] in its pixels; then the activations as lists of one length: neuron,
        image token, value. Where boxes overlap, a pixel fires when one of them does. To the neurons `spared`,
        each once, the image does not count at all."""
        height, width = labels.shape
        things = np.bincount(labels.ravel(), minlength=max(concepts, default=0) + 1)
        table = self._table(concepts, len(things))
        out = np.asarray(spared, np.int64)
        self._images += 1
        self._concept += things @ table
        self._spared[out] += things @ table
        self._spared_images[out] += 1
        firing = (values > np.maximum(self._limits[neurons], 0.0)) & ~np.isin(neurons, out)
        if not firing.any():
            return
        order = np.argsort(neurons[firing], kind="stable")
        found, starts = np.unique(neurons[firing][order], return_index=True)
        for neuron, places in zip(found, np.split(tokens[firing][order], starts[1:]), strict=True):
            mask = region_mask(boxes[places], width, height)
            inside = np.bincount(labels[mask], minlength=len(things))
            self._fires[neuron] += inside.sum()
            self._both[neuron] += inside @ table

    def iou(self) -> Floats:
        """float64 [neurons, concepts]; NaN where both are nowhere."""
        union = self._fires[:, None] + self._concept[None] - self._spared - self._both
        return np.divide(self._both, union, out=np.full(union.shape, np.nan), where=union > 0)

    def images(self) -> NDArray[np.int64]:
        """How many images count for each neuron: int64 [neurons]."""
        return self._images - self._spared_images

    def _table(self, concepts: Mapping[int, tuple[int, ...]], things: int) -> NDArray[np.int64]:
        table = np.zeros((things, len(self._concept)), np.int64)
        for thing, held in concepts.items():
            table[thing, list(held)] = 1
        return table


def limit_of_histogram(histogram: ArrayLike, edges: ArrayLike, places: int, quantile: float) -> Floats:
    """T_k of each neuron from its histogram, int [neurons, bins] over `edges` float [bins + 1]: 0 where no
    more than the share `quantile` of `places` fires at all, which is exact; else the lowest edge above which
    no more than that share lies."""
    counts = np.asarray(histogram, np.int64)
    allowed = int(np.floor(quantile * places))
    above = counts[:, ::-1].cumsum(axis=1)[:, ::-1]  # in bin i and beyond
    fits = np.concatenate([above <= allowed, np.ones((len(counts), 1), bool)], axis=1)
    limits = np.asarray(edges, np.float64)[fits.argmax(axis=1)]
    return np.where(above[:, 0] <= allowed, 0.0, limits)
