"""A random pool of samples that remembers which latents fired in each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.topk.firing import Firing
from models.topk.hashing import pair_hash
from models.topk.pairs import order_by_key


@dataclass(frozen=True, slots=True)
class _Table:
    """The pool as arrays; `places` are the positions of the ids in their order."""

    codes: NDArray[np.uint64]
    sides: NDArray[np.bool_]
    fired: NDArray[np.uint8]
    places: NDArray[np.int64]


class SilentPool:
    """The `size` samples with the lowest hashes, and one bit per latent: did it fire there at all?

    A sample in which a latent fires on no token of either modality is one of its non-activating inputs.
    """

    def __init__(self, num_latents: int, size: int) -> None:
        self.num_latents, self.size = num_latents, size
        self.codes: list[int] = []
        self.ids: list[str] = []
        self.sides: list[tuple[bool, bool]] = []
        self.fired: list[NDArray[np.uint8]] = []
        self._arrays: _Table | None = None

    def add(self, sample_id: str, code: np.uint64, fired: tuple[Firing, Firing]) -> bool:
        """Offer one sample; returns whether it was taken."""
        if not self.size or (len(self.codes) == self.size and (int(code), sample_id) > self._last()):
            return False
        bits = np.zeros(self.num_latents, np.bool_)
        for side in fired:
            bits[side.active] = True
        self.codes.append(int(code))
        self.ids.append(sample_id)
        self.sides.append((fired[0].n_tokens > 0, fired[1].n_tokens > 0))
        self.fired.append(np.packbits(bits))
        self._trim()
        return True

    def merge(self, other: SilentPool) -> None:
        """Take over what another part of the data kept."""
        self.codes += other.codes
        self.ids += other.ids
        self.sides += other.sides
        self.fired += other.fired
        self._trim()

    def silent(self, latent: int, side: int, count: int) -> list[str]:
        """Up to `count` ids of samples that have tokens on `side` and in which `latent` fires nowhere."""
        if not self.ids:
            return []
        table = self._table()
        fires = (table.fired[:, latent >> 3] >> (7 - (latent & 7))) & 1
        rows = np.flatnonzero(table.sides[:, side] & (fires == 0))
        drawn = pair_hash(table.codes[rows], np.full(len(rows), latent, np.int64))
        return [self.ids[row] for row in rows[order_by_key(drawn, table.places[rows])][:count]]

    def _table(self) -> _Table:
        if self._arrays is None:
            self._arrays = _Table(
                np.array(self.codes, np.uint64),
                np.array(self.sides, np.bool_).reshape(-1, 2),
                np.array(self.fired, np.uint8).reshape(len(self.ids), -1),
                np.argsort(np.argsort(np.array(self.ids, object))),
            )
        return self._arrays

    def _last(self) -> tuple[int, str]:
        return self.codes[-1], self.ids[-1]

    def _trim(self) -> None:
        order = sorted(range(len(self.ids)), key=lambda i: (self.codes[i], self.ids[i]))[: self.size]
        for name in ("codes", "ids", "sides", "fired"):
            column = getattr(self, name)
            setattr(self, name, [column[i] for i in order])
        self._arrays = None
