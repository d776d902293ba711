"""MonoSemanticity score of Pach et al., in its exact linear form (METHOD 6)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]


class MonoSemanticity:
    """Streams images and gives the mean activation-weighted cosine between pairs of images, per neuron.

    With a_i the neuron's min-max-normalised activation on image i and e_i the unit embedding of image i,
    the mean over pairs i != j of cos(e_i, e_j) weighted by a_i a_j equals

        MS = (||sum a_i e_i||^2 - sum a_i^2) / ((sum a_i)^2 - sum a_i^2)

    which needs one pass and O(neurons x width) memory instead of all pairs. The minimum is part of the
    normalisation, so sums of raw activations, of their squares and of plain embeddings are kept and the
    normalisation is applied at the end.
    """

    def __init__(self, neurons: int, width: int) -> None:
        self._images = 0
        self._weighted = np.zeros((neurons, width))
        self._embeddings = np.zeros(width)
        self._sum = np.zeros(neurons)
        self._squares = np.zeros(neurons)
        self._low = np.full(neurons, np.inf)
        self._high = np.full(neurons, -np.inf)

    def add(self, activations: NDArray[np.floating], embeddings: NDArray[np.floating]) -> None:
        """Add images: `activations` [images, neurons], `embeddings` [images, width] of unit length."""
        a = np.asarray(activations, dtype=np.float64)
        e = np.asarray(embeddings, dtype=np.float64)
        if not len(a):
            return
        self._images += len(a)
        self._weighted += a.T @ e
        self._embeddings += e.sum(axis=0)
        self._sum += a.sum(axis=0)
        self._squares += np.square(a).sum(axis=0)
        self._low = np.minimum(self._low, a.min(axis=0))
        self._high = np.maximum(self._high, a.max(axis=0))

    def merge(self, other: MonoSemanticity) -> None:
        """Add the images another instance has seen."""
        self._images += other._images
        self._weighted += other._weighted
        self._embeddings += other._embeddings
        self._sum += other._sum
        self._squares += other._squares
        self._low = np.minimum(self._low, other._low)
        self._high = np.maximum(self._high, other._high)

    def scores(self) -> Float:
        """MS of every neuron, float64 [neurons] in [-1, 1]; NaN where it is dead, constant, or fires at full
        strength on one image only (no pair of images has weight)."""
        span = self._high - self._low
        with np.errstate(invalid="ignore", divide="ignore"):
            scale = np.where(span > 0, 1.0 / span, np.nan)
            total = (self._sum - self._images * self._low) * scale
            squares = self._squares - 2 * self._low * self._sum + self._images * self._low**2
            squares = squares * scale**2
            summed = (self._weighted - self._low[:, None] * self._embeddings) * scale[:, None]
            pairs = total**2 - squares
            score = (np.square(summed).sum(axis=1) - squares) / pairs
        return np.where(pairs > 1e-12, score, np.nan)
