"""Shuffled batches of image and text vectors. Any batch can be made again from its number."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

#: The side with fewer vectors gets at least this share of every batch. A sample has a dozen text tokens
#: and hundreds of image tokens; drawn as they come, the SAE would hardly learn the text side.
LEAST_SHARE = 0.25


@dataclass(slots=True)
class Shuffled:
    """All rows of one side again and again, each time in another order."""

    rows: int
    seed: tuple[int, ...]
    _epoch: int = -1
    _order: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))

    def take(self, start: int, count: int) -> NDArray[np.int64]:
        """Rows number `start` to `start + count` of the endless sequence: int64 [count]."""
        found = []
        while count > 0:
            epoch, place = divmod(start, self.rows)
            part = self._permutation(epoch)[place : place + count]
            found.append(part)
            start, count = start + len(part), count - len(part)
        return np.concatenate(found) if found else np.zeros(0, np.int64)

    def _permutation(self, epoch: int) -> NDArray[np.int64]:
        if epoch != self._epoch:
            self._order = np.random.default_rng((*self.seed, epoch)).permutation(self.rows)
            self._epoch = epoch
        return self._order


class Batches:
    """Batches of `size` vectors, both sides in a fixed ratio: as in the data, but `LEAST_SHARE` at least."""

    def __init__(
        self, image: NDArray[np.floating], text: NDArray[np.floating], size: int, seed: tuple[int, ...]
    ) -> None:
        if not len(image) + len(text):
            raise ValueError("there are no vectors")
        self._sides = (image, text)
        self._orders = tuple(Shuffled(len(side), (*seed, n)) for n, side in enumerate(self._sides))
        n_text = round(size * text_share(len(image), len(text)))
        self._counts = (size - n_text, n_text)

    @property
    def in_a_pass(self) -> int:
        """Batches until every vector was seen at least once."""
        pairs = zip(self._sides, self._counts, strict=True)
        return max(-(-len(side) // count) for side, count in pairs if count)

    def batch(self, number: int) -> tuple[NDArray[np.floating], NDArray[np.bool_]]:
        """Batch `number`: vectors [size, d] as stored, and which of them are of image tokens, bool [size]."""
        parts = []
        for side, order, count in zip(self._sides, self._orders, self._counts, strict=True):
            chosen = order.take(number * count, count) if count else np.zeros(0, np.int64)
            chosen.sort()  # reads the file forwards; the order within a batch has no meaning
            parts.append(np.asarray(side[chosen]))
        is_image = np.repeat([True, False], [len(part) for part in parts])
        return np.concatenate(parts), is_image


def text_share(image: int, text: int) -> float:
    """The share of text vectors in a batch, given how many there are of each."""
    if not image or not text:
        return float(bool(text))
    return min(max(text / (image + text), LEAST_SHARE), 1 - LEAST_SHARE)
