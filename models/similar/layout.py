"""A plane in which latents lie near their neighbours.

Neighbour embedding by negative sampling (Tang et al. 2016, LargeVis; McInnes et al. 2018, UMAP), with equal
weights for all neighbours (Böhm et al. 2022 find them as good) and the kernel 1 / (1 + d^2). In each step
every latent moves towards one of its neighbours and away from a few others, all at once: gathers only, so
that the result depends on the seed alone, and the time is steps x latents. Begins at the principal plane.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

STEPS = 1500
NEGATIVES = 5
#: Longest move in one direction in one step.
CLIP = 4.0
POWER_ROUNDS = 8
BLOCK = 8192
Tell = Callable[[int, int], object]


@torch.no_grad()
def principal_plane(decoder: Tensor, rows: Tensor, seed: int = 0) -> Tensor:
    """The first two principal components of `decoder`'s [n, d] `rows` (int64 [m]), each row scaled to length
    one: float32 [m, 2] on the CPU, standard deviation 1 each.

    Subspace iteration (Halko et al. 2011), which reads the rows block by block and copies none of them.
    """
    if not len(rows):
        return torch.zeros(0, 2)
    random = torch.Generator().manual_seed(seed)
    width = min(8, decoder.shape[1])
    basis = torch.randn(decoder.shape[1], width, generator=random).to(decoder.device)
    mean = torch.stack([block.sum(0) for block in _blocks(decoder, rows)]).sum(0) / len(rows)
    for _ in range(POWER_ROUNDS):
        basis = torch.linalg.qr(basis).Q
        next_basis = torch.zeros_like(basis)
        for block in _blocks(decoder, rows):
            centred = block - mean
            next_basis += centred.T @ (centred @ basis)
        basis = next_basis
    basis = torch.linalg.qr(basis).Q
    seen = torch.cat([(block - mean) @ basis for block in _blocks(decoder, rows)]).cpu()
    _, vectors = torch.linalg.eigh(seen.T @ seen)
    plane = seen @ vectors[:, -2:].flip(1)
    plane *= torch.where(plane.sum(0) < 0, -1.0, 1.0)
    return plane / plane.std(0, correction=0).clamp_min(1e-12)


@torch.no_grad()
def layout(
    start: Tensor, neighbours: NDArray[np.int32], seed: int = 0, steps: int = STEPS, tell: Tell | None = None
) -> NDArray[np.float32]:
    """Places of m latents: float32 [m, 2], centred, 95 % of them within distance 1 of the middle.

    `start` float32 [m, 2]; `neighbours` int32 [m, k], places of each one's neighbours, -1 for none. Runs on
    the CPU and depends on `seed` and `steps` alone. `tell` hears of steps done and may raise to stop.
    """
    links, first, degree = symmetric(neighbours)
    y, m = start.clone().float(), len(start)
    random = torch.Generator().manual_seed(seed)
    linked = (degree > 0).unsqueeze(1)
    for step in range(steps if m > 2 else 0):
        if tell is not None and step % 4 == 0:
            tell(step, steps)
        draw = (torch.rand(m, generator=random) * degree).long().clamp_max(degree.clamp_min(1) - 1)
        near = y - y[links[first + draw]] if len(links) else torch.zeros_like(y)
        move = -2 * near / (1 + near.square().sum(1, keepdim=True)) * linked
        others = torch.randint(m, (m, NEGATIVES), generator=random)
        far = y.unsqueeze(1) - y[others]
        square = far.square().sum(2, keepdim=True)
        push = 2 * far / ((0.001 + square) * (1 + square))
        move += push.clamp_(-CLIP, CLIP).sum(1)
        y += (1 - step / steps) * move.clamp_(-CLIP, CLIP)
    return _fitted(y)


def symmetric(neighbours: NDArray[np.int32]) -> tuple[Tensor, Tensor, Tensor]:
    """Each one's neighbours, and those whose neighbour it is, once each: the links of all one after another
    (int64 [links]), where each one's begin and how many there are (int64 [m])."""
    m, k = neighbours.shape
    tail = neighbours.reshape(-1).astype(np.int64)
    head = np.repeat(np.arange(m), k)[tail >= 0]
    tail = tail[tail >= 0]
    key = np.unique(np.concatenate([head * m + tail, tail * m + head]))
    degree = np.bincount(key // m, minlength=m) if len(key) else np.zeros(m, np.int64)
    first = np.minimum(np.cumsum(degree) - degree, max(len(key) - 1, 0))
    return torch.from_numpy(key % m), torch.from_numpy(first), torch.from_numpy(degree)


def _fitted(y: Tensor) -> NDArray[np.float32]:
    y = y - y.median(0).values if len(y) else y
    reach = y.norm(dim=1).quantile(0.95) if 0 < len(y) < 1 << 24 else torch.tensor(1.0)
    return (y / reach.clamp_min(1e-12)).numpy().astype(np.float32)


def _blocks(decoder: Tensor, rows: Tensor) -> Iterator[Tensor]:
    for start in range(0, len(rows), BLOCK):
        yield torch.nn.functional.normalize(decoder[rows[start : start + BLOCK]].float(), dim=1)
