"""Random numbers that depend on names alone, so that chunks, processes and machines draw alike."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
HASH_BITS = 40


def sample_hash(seed: int, sample_id: str) -> np.uint64:
    """A uniform 64-bit number of (seed, sample id)."""
    key = str(seed).encode()
    digest = hashlib.blake2b(sample_id.encode("utf-8", "surrogatepass"), digest_size=8, key=key).digest()
    return np.uint64(int.from_bytes(digest, "little"))


def pair_hash(samples: NDArray[np.uint64] | np.uint64, latents: NDArray[np.int64]) -> NDArray[np.uint64]:
    """A uniform `HASH_BITS`-bit number of each (sample, latent): uint64, broadcast over both.

    The mixing function is splitmix64 (Steele, Lea and Flood, 2014).
    """
    with np.errstate(over="ignore"):
        mixed = samples + (latents.astype(np.uint64) + np.uint64(1)) * GOLDEN
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return (mixed ^ (mixed >> np.uint64(31))) >> np.uint64(64 - HASH_BITS)
