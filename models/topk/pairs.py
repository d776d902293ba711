"""Kept (latent, sample) pairs with their activation maps, and the pruning that keeps them few."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

IMAGE, TEXT = 0, 1


@dataclass(slots=True)
class Pairs:
    """Columns of P pairs, and their maps one after another.

    `latent` int32, `row` int32 (of the list of sample ids) and `hash` uint64 are [P]; `score` float32 and
    `length` int32 are [P, 2] (image, text; length 0 = does not fire there). The maps of pair 0 come first:
    `image_index` uint32 and `image_value` float32 are [sum of length[:, 0]], likewise for text.
    """

    latent: NDArray[np.int32]
    row: NDArray[np.int32]
    hash: NDArray[np.uint64]
    score: NDArray[np.float32]
    length: NDArray[np.int32]
    image_index: NDArray[np.uint32]
    image_value: NDArray[np.float32]
    text_index: NDArray[np.uint32]
    text_value: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.latent)

    @property
    def entries(self) -> int:
        """Active tokens in all maps."""
        return len(self.image_index) + len(self.text_index)

    @property
    def nbytes(self) -> int:
        return sum(getattr(self, f.name).nbytes for f in fields(self))

    def offsets(self, side: int) -> NDArray[np.int64]:
        """Where the map of each pair starts, on one side: int64 [P + 1]."""
        return np.concatenate([[0], np.cumsum(self.length[:, side], dtype=np.int64)])

    def take(self, chosen: NDArray[np.int64]) -> Pairs:
        """The pairs at `chosen`, in that order, with their maps."""
        image, text = self._map_places(IMAGE, chosen), self._map_places(TEXT, chosen)
        return Pairs(
            self.latent[chosen],
            self.row[chosen],
            self.hash[chosen],
            self.score[chosen],
            self.length[chosen],
            self.image_index[image],
            self.image_value[image],
            self.text_index[text],
            self.text_value[text],
        )

    def _map_places(self, side: int, chosen: NDArray[np.int64]) -> NDArray[np.int64]:
        length = self.length[chosen, side].astype(np.int64)
        ends = np.cumsum(length)
        starts = self.offsets(side)[chosen]
        return np.repeat(starts - (ends - length), length) + np.arange(ends[-1] if len(ends) else 0)


def empty_pairs() -> Pairs:
    """No pairs."""
    none32, floats = np.zeros(0, np.int32), np.zeros(0, np.float32)
    index = np.zeros(0, np.uint32)
    two, lengths = np.zeros((0, 2), np.float32), np.zeros((0, 2), np.int32)
    return Pairs(none32, none32, np.zeros(0, np.uint64), two, lengths, index, floats, index, floats)


def join(parts: Sequence[Pairs]) -> Pairs:
    """All pairs of `parts`, one after another."""
    return Pairs(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Pairs)))


def order_by_score(
    latent: NDArray[np.int32], score: NDArray[np.float32], place: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The order by latent, then score from the highest, then `place`: int64 [P].

    Scores are not negative, so their bits sort as they do; one 64-bit sort, then only the ties.
    """
    weakness = np.uint64(0xFFFFFFFF) - score.view(np.uint32).astype(np.uint64)
    return order_by_key((latent.astype(np.uint64) << np.uint64(32)) | weakness, place)


def order_by_key(key: NDArray[np.uint64], place: NDArray[np.int64]) -> NDArray[np.int64]:
    """The order by `key` (uint64 [P]), ties by `place`: int64 [P]."""
    order = np.argsort(key)
    ordered = key[order]
    same = ordered[1:] == ordered[:-1]
    if same.any():
        tied = np.flatnonzero(np.append(same, False) | np.append(False, same))
        members = order[tied]
        order[tied] = members[np.lexsort((place[members], key[members]))]
    return order


def rank_in_group(group: NDArray[np.int32]) -> NDArray[np.int64]:
    """The position of each item within its run of equal values: int64 [P]. `group` is sorted."""
    if not len(group):
        return np.zeros(0, np.int64)
    starts = np.flatnonzero(np.append(True, group[1:] != group[:-1]))
    lengths = np.diff(np.append(starts, len(group)))
    return np.arange(len(group)) - np.repeat(starts, lengths)
