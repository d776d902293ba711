"""The k largest of every row, without looking at every value more than once."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

#: Below this width a plain top-k is as fast.
NARROW = 512
#: Members of a group when columns are screened, best first.
SIZES = (16, 8, 4, 2)
#: Columns where this many times more groups than asked for reach the floor (ties) are not screened.
CROWD = 2


def top_rows(values: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """The `k` largest of each row of `values` [R, n] and their columns (int64), both [R, k], in no order.

    The columns are split into strided groups. The k largest lie in the k groups with the largest maxima
    (or tie with what lies there), so that only those groups' members are ranked.
    """
    size = group_size(values.shape[1], k)
    if size == 1:
        return tuple(values.topk(k, dim=1, sorted=False))
    rows, n = values.shape
    groups = n // size
    members = values.view(rows, size, groups)
    best = members.amax(1).topk(k, dim=1, sorted=False).indices
    candidates = members.gather(2, best.unsqueeze(1).expand(rows, size, k)).view(rows, size * k)
    top, place = candidates.topk(k, dim=1, sorted=False)
    return top, torch.div(place, k, rounding_mode="floor") * groups + best.gather(1, place % k)


def group_size(n: int, k: int) -> int:
    """Members of a group: the power of two nearest to sqrt(n / k) that divides n; 1 for no groups.

    Both rankings, of n / size maxima and of k x size members, are then about equally wide.
    """
    if n < NARROW or k * 8 > n:
        return 1
    size = 1 << round(math.log2(n / k) / 2)
    while size > 1 and (n % size or n // size < k):
        size //= 2
    return size


@dataclass(frozen=True, slots=True)
class Screened:
    """Candidates of R columns of n latents: P pairs, sorted by latent.

    `latents` and `columns` int64 and `values` are [P]. Nothing else in a column lies above its `floor` [R].
    A column with too many ties, or with NaN, has no candidates; ties make its floor infinite.
    """

    latents: Tensor
    columns: Tensor
    values: Tensor
    floor: Tensor


def can_screen(n: int, k: int) -> bool:
    """Whether `screen` applies to columns of `n` values."""
    return _size(n, k) > 1


def _size(n: int, k: int) -> int:
    return next((size for size in SIZES if n % size == 0 and n // size > CROWD * k), 1)


def screen(values: Tensor, k: int) -> Screened:
    """At least the `k` largest of each column of `values` [n, R], found without ranking them.

    The rows are split into strided groups. The k-th largest of the group maxima is a floor that at least k
    values reach, and all that reach it lie in groups whose maxima do. A few more than k are found where
    groups share large values. With latents down and rows of the batch across, maxima run along the memory
    and the pairs come out sorted by latent.
    """
    n, width = values.shape
    size = _size(n, k)
    groups = n // size
    members = values.view(size, groups * width)
    best = members.view(size, groups, width).amax(0)
    floor = _floor(best, k)
    reached = best >= floor
    floor = floor.masked_fill(reached.sum(0) > CROWD * k, torch.inf)
    places = reached.view(-1).nonzero().squeeze(1)
    columns = places % width
    found = members.gather(1, places.expand(size, -1))
    member, pair = (found >= floor[columns]).nonzero(as_tuple=True)
    latents = member * groups + torch.div(places, width, rounding_mode="floor")[pair]
    return Screened(latents, columns[pair], found[member, pair], floor)


def _floor(best: Tensor, k: int) -> Tensor:
    """A value that at least `k` of each column of `best` [groups, R] reach, and few more: [R]."""
    width = best.shape[1]
    while best.shape[0] % 2 == 0 and best.shape[0] >= 10 * k:
        best = best.view(2, -1, width).amax(0)
    best = best.t().contiguous()
    if best.dtype is not torch.bfloat16:
        return best.topk(k, dim=1, sorted=False).values.amin(1)
    # Integers rank faster.
    return _flip(_flip(best.view(torch.int16)).topk(k, dim=1, sorted=False).values.amin(1)).view(best.dtype)


def _flip(bits: Tensor) -> Tensor:
    """Bits of bfloat16 (int16) to integers of the same order, and back: below zero larger bits are less."""
    return bits ^ ((bits >> 15) & 0x7FFF)
