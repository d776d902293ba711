"""Which pairs stay: the top N of each side, and a random sample of each side's firing samples."""

from __future__ import annotations

from bisect import bisect_left

import numpy as np
from numpy.typing import NDArray

from models.topk.firing import Firing
from models.topk.hashing import HASH_BITS, pair_hash
from models.topk.pairs import (
    IMAGE,
    TEXT,
    Pairs,
    empty_pairs,
    join,
    order_by_key,
    order_by_score,
    rank_in_group,
)

MIN_PENDING_PAIRS = 1 << 16
MIN_PENDING_ENTRIES = 1 << 20


class PairKeeper:
    """Takes samples one by one and keeps the pairs that can still matter.

    A pair matters when it is among the `top` of its latent on a side (score, ties by sample id), or among
    the `sample` of its latent on a side with the lowest hash. Both sets of a union are found in the union
    of both sets, so keepers of parts merge to the keeper of the whole. Thresholds let most pairs be
    refused when they arrive; what is overtaken later is removed when it outweighs half of what stays.
    """

    def __init__(self, num_latents: int, top: int, sample: int) -> None:
        self.num_latents, self.top, self.sample = num_latents, top, sample
        self.ids: list[str] = []
        self.pairs = empty_pairs()
        self._pending: list[Pairs] = []
        self._pending_pairs = self._pending_entries = 0
        self._forget_thresholds()

    def add(self, sample_id: str, code: np.uint64, fired: tuple[Firing, Firing]) -> bool:
        """Offer one sample: `code` is its `sample_hash`, `fired` its activations on image and text.

        Returns whether any of its pairs was taken.
        """
        admitted = np.zeros(self.num_latents, np.bool_)
        for side in (IMAGE, TEXT):
            self._admit(side, sample_id, code, fired[side], admitted)
        latents = np.flatnonzero(admitted)
        if not len(latents):
            return False
        pairs = _pairs_of(latents, len(self.ids), code, fired, admitted)
        self.ids.append(sample_id)
        self._pending.append(pairs)
        self._pending_pairs += len(pairs)
        self._pending_entries += pairs.entries
        if self._pending_pairs > max(MIN_PENDING_PAIRS, len(self.pairs) // 2) or self._pending_entries > max(
            MIN_PENDING_ENTRIES, self.pairs.entries // 2
        ):
            self.prune()
        return True

    def _admit(
        self, side: int, sample_id: str, code: np.uint64, fired: Firing, out: NDArray[np.bool_]
    ) -> None:
        active, scores = fired.active, fired.scores
        least = self._least_score[side][active]
        place = bisect_left(self._sorted_ids, sample_id)
        good = (scores > least) | ((scores == least) & (place <= self._least_place[side][active]))
        out[active[good]] = True
        if self.sample:
            drawn = pair_hash(code, active) <= self._highest_hash[side][active]
            out[active[drawn]] = True

    def merge(self, other: PairKeeper) -> None:
        """Take over what another part of the data kept. Raises `ValueError` when both saw a sample."""
        self.prune()
        other.prune()
        twice = set(self.ids) & set(other.ids)
        if twice:
            raise ValueError(f"sample {min(twice)!r} was counted twice")
        theirs = other.pairs.take(np.arange(len(other.pairs)))
        theirs.row += np.int32(len(self.ids))
        self.ids += other.ids
        self._pending = [theirs]
        self.prune()

    def prune(self) -> None:
        """Drop what no longer matters, and put the rest in the order of (latent, sample id)."""
        pairs = join([self.pairs, *self._pending]) if self._pending else self.pairs
        self._pending, self._pending_pairs, self._pending_entries = [], 0, 0
        order = sorted(range(len(self.ids)), key=self.ids.__getitem__)
        places = np.empty(len(order), np.int64)
        places[order] = np.arange(len(order))
        self._sorted_ids = [self.ids[row] for row in order]
        self._forget_thresholds(keep_ids=True)
        keep = np.zeros(len(pairs), np.bool_)
        for side in (IMAGE, TEXT):
            keep[self._best(side, pairs, places)] = True
            keep[self._drawn(side, pairs, places)] = True
        chosen = np.flatnonzero(keep)
        chosen = chosen[order_by_key(pairs.latent[chosen].astype(np.uint64), places[pairs.row[chosen]])]
        self.pairs = pairs.take(chosen)
        self._forget_samples(places)

    def _best(self, side: int, pairs: Pairs, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """The top pairs of one side, in order; sets the thresholds for those to come."""
        fires = np.flatnonzero(pairs.length[:, side])
        latent, score, place = pairs.latent[fires], pairs.score[fires, side], places[pairs.row[fires]]
        order = order_by_score(latent, score, place)
        rank = rank_in_group(latent[order])
        last = order[rank == self.top - 1]
        self._least_score[side][latent[last]] = score[last]
        self._least_place[side][latent[last]] = place[last]
        return fires[order[rank < self.top]]

    def _drawn(self, side: int, pairs: Pairs, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """The randomly drawn pairs of one side; sets the thresholds for those to come."""
        if not self.sample:
            return np.zeros(0, np.int64)
        fires = np.flatnonzero(pairs.length[:, side])
        latent, drawn = pairs.latent[fires], pairs.hash[fires]
        key = (latent.astype(np.uint64) << np.uint64(HASH_BITS)) | drawn
        order = order_by_key(key, places[pairs.row[fires]])
        rank = rank_in_group(latent[order])
        last = order[rank == self.sample - 1]
        self._highest_hash[side][latent[last]] = drawn[last]
        return fires[order[rank < self.sample]]

    def _forget_thresholds(self, keep_ids: bool = False) -> None:
        shape = (2, self.num_latents)
        self._least_score = np.full(shape, -1, np.float32)
        self._least_place = np.full(shape, -1, np.int64)
        self._highest_hash = np.full(shape, 1 << HASH_BITS, np.uint64)
        if not keep_ids:
            self._sorted_ids: list[str] = []

    def _forget_samples(self, places: NDArray[np.int64]) -> None:
        """Drop the ids that no pair refers to; the order of the rest stays that of `_sorted_ids`."""
        used = np.zeros(len(self.ids), np.bool_)
        used[self.pairs.row] = True
        alive = np.zeros(len(self.ids), np.bool_)
        alive[places[used]] = True
        new_place = np.cumsum(alive) - 1
        self.ids = [name for name, stays in zip(self._sorted_ids, alive, strict=True) if stays]
        self.pairs.row = new_place[places[self.pairs.row]].astype(np.int32)
        known = self._least_place >= 0
        self._least_place[known] = new_place[self._least_place[known]]
        self._sorted_ids = list(self.ids)


def _pairs_of(
    latents: NDArray[np.int64],
    row: int,
    code: np.uint64,
    fired: tuple[Firing, Firing],
    admitted: NDArray[np.bool_],
) -> Pairs:
    """The pairs of one sample with the admitted latents."""
    score = np.zeros((len(latents), 2), np.float32)
    length = np.zeros((len(latents), 2), np.int32)
    for side in (IMAGE, TEXT):
        chosen = admitted[fired[side].active]
        places = np.searchsorted(latents, fired[side].active[chosen])
        score[places, side] = fired[side].scores[chosen]
        length[places, side] = fired[side].counts[chosen]
    rows = np.full(len(latents), row, np.int32)
    image, text = (_maps(fired[side], admitted) for side in (IMAGE, TEXT))
    return Pairs(latents.astype(np.int32), rows, pair_hash(code, latents), score, length, *image, *text)


def _maps(fired: Firing, admitted: NDArray[np.bool_]) -> tuple[NDArray[np.uint32], NDArray[np.float32]]:
    """Token indices and values of the admitted latents, by latent and then by token."""
    entries = np.flatnonzero(admitted[fired.latents])
    key = (fired.latents[entries] << 32) | np.arange(len(entries))
    key.sort()
    entries = entries[key & 0xFFFFFFFF]
    return fired.tokens[entries].astype(np.uint32), fired.values[entries]
