"""A random pool of samples that remembers which latents fired in each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.topk.firing import Firing
from models.topk.hashing import pair_hash


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
        byte, bit = latent >> 3, 7 - (latent & 7)
        rows = [
            row
            for row, bits in enumerate(self.fired)
            if self.sides[row][side] and not (int(bits[byte]) >> bit) & 1
        ]
        codes = np.array([self.codes[row] for row in rows], np.uint64)
        drawn = pair_hash(codes, np.full(len(rows), latent, np.int64))
        order = sorted(range(len(rows)), key=lambda i: (int(drawn[i]), self.ids[rows[i]]))
        return [self.ids[rows[i]] for i in order[:count]]

    def _last(self) -> tuple[int, str]:
        return self.codes[-1], self.ids[-1]

    def _trim(self) -> None:
        order = sorted(range(len(self.ids)), key=lambda i: (self.codes[i], self.ids[i]))[: self.size]
        for name in ("codes", "ids", "sides", "fired"):
            column = getattr(self, name)
            setattr(self, name, [column[i] for i in order])
