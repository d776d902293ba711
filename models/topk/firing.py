"""The activations of one sample on one modality, flattened and summed per latent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.domain.evidence import Rank


@dataclass(frozen=True, slots=True)
class Firing:
    """Active entries in token order: `latents` int64, `tokens` int64 and `values` float32, all [E].

    `active` are the latents that fire at least once, ascending: int64 [A]; `counts` int64, `sums` float64
    and `scores` float32 are [A], for those latents. `n_tokens` is |tokens of this modality|.
    """

    latents: NDArray[np.int64]
    tokens: NDArray[np.int64]
    values: NDArray[np.float32]
    active: NDArray[np.int64]
    counts: NDArray[np.int64]
    sums: NDArray[np.float64]
    scores: NDArray[np.float32]
    n_tokens: int


def firing(
    indices: NDArray[np.int32], values: NDArray[np.float32], n_tokens: int, num_latents: int, rank: Rank
) -> Firing:
    """Flatten a sparse code (indices int32 and values float32, both [n_tokens, k], value 0 = unused)."""
    if len(indices) != n_tokens or indices.shape != values.shape:
        raise ValueError(f"a code of shape {indices.shape} does not fit {n_tokens} tokens")
    width = indices.shape[1] if indices.ndim == 2 else 0
    flat = np.ascontiguousarray(values, np.float32).reshape(-1)
    latents = indices.reshape(-1).astype(np.int64)
    positive = flat > 0
    if positive.all():
        places = np.arange(flat.size, dtype=np.int64)
    else:
        places = np.flatnonzero(positive)
        flat, latents = flat[places], latents[places]
    counts = np.bincount(latents, minlength=num_latents)
    if len(counts) > num_latents:
        raise ValueError(f"latent {len(counts) - 1} is outside an SAE of {num_latents} latents")
    sums = np.bincount(latents, weights=flat, minlength=num_latents)
    active = np.flatnonzero(counts)
    scores = _scores(latents, flat, counts[active], sums[active], active, n_tokens, rank)
    return Firing(
        latents, places // max(width, 1), flat, active, counts[active], sums[active], scores, n_tokens
    )


def _scores(
    latents: NDArray[np.int64],
    values: NDArray[np.float32],
    counts: NDArray[np.int64],
    sums: NDArray[np.float64],
    active: NDArray[np.int64],
    n_tokens: int,
    rank: Rank,
) -> NDArray[np.float32]:
    """METHOD 1: mean = sum / |tokens of m|, max, or the count of active tokens. float32 [A]."""
    if rank is Rank.COUNT:
        return counts.astype(np.float32)
    if rank is Rank.MEAN:
        return (sums / max(n_tokens, 1)).astype(np.float32)
    highest = np.zeros(int(active[-1]) + 1 if len(active) else 0, np.float32)
    np.maximum.at(highest, latents, values)
    return highest[active]
