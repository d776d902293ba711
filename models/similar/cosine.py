"""The nearest decoder rows by cosine: exact, block by block, in memory that does not grow with n x n."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

#: Rows of a block: two blocks of 4,096 numbers a row and their product take 80 MB.
BLOCK = 2048
#: Called with blocks done and blocks in all; may raise to stop.
Tell = Callable[[int, int], object]


@dataclass(frozen=True, slots=True)
class Nearest:
    """`index` int32 [m, k]: places in the rows that were asked for, nearest first, -1 where there are fewer;
    `cosine` float32 [m, k], 0 there."""

    index: NDArray[np.int32]
    cosine: NDArray[np.float32]


@torch.no_grad()
def cosine_nearest(decoder: Tensor, rows: Tensor, count: int, tell: Tell | None = None) -> Nearest:
    """The `count` nearest of `decoder`'s [n, d] `rows` (int64 [m]) to each of them, itself left out.

    Every pair of blocks is multiplied once, in float32, and serves both sides. A row of zeros has cosine 0
    with everything. Beside the weights it takes two blocks, their product, and 12 bytes x m x `count`.
    """
    best = _Best(len(rows), count, decoder.device)
    starts = range(0, len(rows), BLOCK)
    pairs = list(combinations_with_replacement(starts, 2))
    held, left = -1, decoder.new_zeros(0)
    for done, (i, j) in enumerate(pairs):
        if tell is not None:
            tell(done, len(pairs))
        if i != held:
            held, left = i, _unit(decoder[rows[i : i + BLOCK]])
        right = left if i == j else _unit(decoder[rows[j : j + BLOCK]])
        product = left @ right.T
        if i == j:
            product.fill_diagonal_(-torch.inf)
        best.offer(i, product, j)
        if i != j:
            best.offer(j, product.T.contiguous(), i)
    return best.result()


class _Best:
    """The best so far of every row."""

    def __init__(self, rows: int, count: int, device: torch.device) -> None:
        self.value = torch.full((rows, count), -torch.inf, device=device)
        self.index = torch.full((rows, count), -1, dtype=torch.int64, device=device)

    def offer(self, at: int, product: Tensor, first: int) -> None:
        """`product` [r, c]: rows `at`..., against the rows from `first` on."""
        here = slice(at, at + product.shape[0])
        value, index = self.value[here], self.index[here]
        if bool(torch.isinf(value[:, -1]).any()):
            found = product.topk(min(value.shape[1], product.shape[1]), dim=1)
            values, indices = found.values, found.indices
        else:
            values, indices = _above(product, value[:, -1:])
        values, indices = torch.cat([value, values], 1), torch.cat([index, indices + first], 1)
        kept = values.topk(value.shape[1], dim=1)
        self.value[here], self.index[here] = kept.values, indices.gather(1, kept.indices)

    def result(self) -> Nearest:
        nothing = torch.isinf(self.value)
        index = self.index.masked_fill(nothing, -1).to(torch.int32)
        return Nearest(index.cpu().numpy(), self.value.masked_fill(nothing, 0).cpu().numpy())


def _above(product: Tensor, least: Tensor) -> tuple[Tensor, Tensor]:
    """What is above `least` [r, 1] in each row of `product` [r, c], and its columns: [r, w] each, as wide as
    the fullest row, -inf behind the last. Few are, after the first blocks: whole rows need no sorting."""
    row, column = torch.nonzero(product > least, as_tuple=True)
    counts = torch.bincount(row, minlength=len(product))
    place = torch.arange(len(row), device=row.device) - (counts.cumsum(0) - counts)[row]
    shape = (len(product), int(counts.max()))
    values, columns = product.new_full(shape, -torch.inf), column.new_zeros(shape)
    values[row, place], columns[row, place] = product[row, column], column
    return values, columns


def _unit(rows: Tensor) -> Tensor:
    return torch.nn.functional.normalize(rows.float(), dim=1)
