"""The final choice of examples: top, stratified over activation quantiles, silent."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.topk.hashing import HASH_BITS
from models.topk.keeper import PairKeeper
from models.topk.pairs import IMAGE, TEXT, order_by_key, order_by_score, rank_in_group
from models.topk.silent import SilentPool
from studio.domain.evidence import ActivationMap, Evidence, Example, ExampleKind
from studio.domain.modality import TokenKind

QUANTILE_BINS = 10
SIDES = (TokenKind.IMAGE, TokenKind.TEXT)


class Kept:
    """The kept examples of every latent. Made by `TopExamples.kept()`."""

    def __init__(self, keeper: PairKeeper, pool: SilentPool, quantile: int, silent: int) -> None:
        keeper.prune()
        self.ids, self.pairs = keeper.ids, keeper.pairs
        self._pool, self._silent, self._sample = pool, silent, keeper.sample
        self._offsets = [self.pairs.offsets(side) for side in (IMAGE, TEXT)]
        self._chosen: dict[tuple[int, ExampleKind], tuple[NDArray[np.int64], NDArray[np.int64]]] = {}
        for side in (IMAGE, TEXT):
            top, rank = self._top(side, keeper.top)
            self._chosen[side, ExampleKind.TOP] = top, rank
            self._chosen[side, ExampleKind.QUANTILE] = self._stratified(side, top, quantile)

    def evidence(self, neuron: int) -> Evidence:
        """All kept examples of one latent; a latent that never fired has none."""
        found: list[Example] = []
        if self._fires(neuron):
            for (side, kind), (pairs, positions) in self._chosen.items():
                low, high = np.searchsorted(self.pairs.latent[pairs], [neuron, neuron + 1])
                for pair, position in zip(pairs[low:high], positions[low:high], strict=True):
                    found.append(self._example(int(pair), side, kind, int(position)))
            found += self._silent_examples(neuron)
        return Evidence(neuron, tuple(found))

    def live(self) -> NDArray[np.int64]:
        """Latents with kept examples, ascending: int64."""
        return np.unique(self.pairs.latent).astype(np.int64)

    def sample_ids(self) -> set[str]:
        """Every sample that an example of any latent refers to."""
        rows = np.concatenate([self.pairs.row[pairs] for pairs, _ in self._chosen.values()])
        found = {self.ids[row] for row in np.unique(rows)}
        waiting = set(self._pool.ids) - found
        for neuron in self.live():
            if not waiting:
                break
            silent = {e.sample_id for e in self._silent_examples(int(neuron))}
            found |= silent
            waiting -= silent
        return found

    def _fires(self, neuron: int) -> bool:
        place = np.searchsorted(self.pairs.latent, neuron)
        return bool(place < len(self.pairs) and self.pairs.latent[place] == neuron)

    def _top(self, side: int, top: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        fires = np.flatnonzero(self.pairs.length[:, side])
        latent = self.pairs.latent[fires]
        order = order_by_score(latent, self.pairs.score[fires, side], self.pairs.row[fires].astype(np.int64))
        rank = rank_in_group(latent[order])
        best = rank < top
        return fires[order[best]], rank[best]

    def _stratified(
        self, side: int, top: NDArray[np.int64], count: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """`count` of the drawn pairs that are not among the top, spread over the quantiles of their scores.

        The drawn pairs are a random sample of the latent's firing samples. Ranked from the weakest they
        fall into `count` strata of equal size, each of which gives the one with the lowest hash.
        """
        drawn = np.setdiff1d(self._drawn(side), top) if count else np.zeros(0, np.int64)
        latent, place = self.pairs.latent[drawn], self.pairs.row[drawn].astype(np.int64)
        strongest = order_by_score(latent, self.pairs.score[drawn, side], place)
        drawn, latent, place = drawn[strongest], latent[strongest], place[strongest]
        _, group, size = np.unique(latent, return_inverse=True, return_counts=True)
        weakness = size[group] - 1 - rank_in_group(latent)
        stratum = group * count + weakness * count // np.maximum(size[group], count)
        order = np.lexsort((place, self.pairs.hash[drawn], stratum))
        first = np.sort(order[rank_in_group(stratum[order]) == 0])
        return drawn[first], (weakness * QUANTILE_BINS // size[group])[first]

    def _drawn(self, side: int) -> NDArray[np.int64]:
        """The pairs that were kept for their hash."""
        fires = np.flatnonzero(self.pairs.length[:, side])
        latent = self.pairs.latent[fires]
        key = (latent.astype(np.uint64) << np.uint64(HASH_BITS)) | self.pairs.hash[fires]
        order = order_by_key(key, self.pairs.row[fires].astype(np.int64))
        return fires[order[rank_in_group(latent[order]) < self._sample]]

    def _example(self, pair: int, side: int, kind: ExampleKind, position: int) -> Example:
        score = float(self.pairs.score[pair, side])
        return Example(SIDES[side], kind, position, score, self.ids[self.pairs.row[pair]], self._map(pair))

    def _map(self, pair: int) -> ActivationMap:
        image, text = (slice(o[pair], o[pair + 1]) for o in self._offsets)
        return ActivationMap(
            self.pairs.image_index[image].copy(),
            self.pairs.image_value[image].copy(),
            self.pairs.text_index[text].copy(),
            self.pairs.text_value[text].copy(),
        )

    def _silent_examples(self, neuron: int) -> list[Example]:
        index, value = np.zeros(0, np.uint32), np.zeros(0, np.float32)
        return [
            Example(
                SIDES[side],
                ExampleKind.SILENT,
                position,
                0.0,
                name,
                ActivationMap(index, value, index, value),
            )
            for side in (IMAGE, TEXT)
            for position, name in enumerate(self._pool.silent(neuron, side, self._silent))
        ]
