"""The k largest of every row, without looking at every value more than once."""

from __future__ import annotations

import math

import torch
from torch import Tensor

#: Below this width a plain top-k is as fast.
NARROW = 512


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
