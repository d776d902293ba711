"""The dense half of an SAE: pre-activations in one reused buffer, and the largest of each row."""

from __future__ import annotations

import torch
from torch import Tensor

from models.sae.hardware import has_bf16_units
from models.sae.select import can_screen, screen, top_rows
from models.sae.sparse import Pairs, padded

#: Elements of the screening buffer: 2^22 of bfloat16 are 8 MB and stay in the cache.
CACHED = 1 << 22
#: Fewer rows a product than this read the weights again and again.
FEW_ROWS = 256
#: Elements of the float32 buffer where nothing screens: 134 MB, or 256 rows.
BUFFER = 1 << 25
#: Elements of a float32 product for rows that screening could not settle: 67 MB.
MENDING = 1 << 24
#: Candidates whose exact values are computed at a time, in the order of their latents.
CANDIDATES = 1 << 19
#: Weights this small stay in the cache, and screening them does not pay.
SMALL = 1 << 20


class Encoder:
    """Finds the `k` largest pre-activations x W^T + b of every row, exactly.

    Where the machine has bfloat16 units the product is made in bfloat16 and only screens: more than k
    candidates of each row, whose pre-activations are then computed in float32 and ranked. A row is
    certain when its k-th float32 value lies above the best that a latent outside the candidates can
    have: the floor of the screened values plus twice the largest error seen among the row's own candidates
    (some hundred samples of the same rounding noise). Rows that are not certain are computed in float32
    whole.

    `weight` float32 [n, d], `bias` float32 [n]. Call `refresh` after changing them in place. With `sure`
    False rows are not checked, and only those without k candidates are computed again.
    """

    def __init__(
        self, weight: Tensor, bias: Tensor, *, screen: bool | None = None, sure: bool = True
    ) -> None:
        self.weight, self.bias, self.sure = weight, bias, sure
        if screen is None:
            screen = has_bf16_units(weight.device) and weight.numel() >= SMALL
        self._coarse: Tensor | None = None
        if screen:
            self._coarse = weight.new_empty(weight.shape[0], weight.shape[1] + 1, dtype=torch.bfloat16)
            self.refresh()
        self._buffer: Tensor | None = None
        #: Rows that screening could not settle so far.
        self.mended = 0

    @property
    def screens(self) -> bool:
        """Whether a bfloat16 product screens the latents."""
        return self._coarse is not None

    def held_bytes(self) -> int:
        """Memory held beside the weights and their bfloat16 copy."""
        return 0 if self._buffer is None else self._buffer.numel() * self._buffer.element_size()

    def refresh(self) -> None:
        """Take over weights that were changed in place. The bias is the last column of the coarse copy."""
        if self._coarse is not None:
            self._coarse[:, :-1].copy_(self.weight)
            self._coarse[:, -1].copy_(self.bias)

    def top(self, x: Tensor, k: int, spare: int = 64) -> tuple[Tensor, Tensor]:
        """The `k` largest pre-activations of each row of `x` [N, d] (centred, float32), may be negative.

        Returns values float32 [N, k] and latents int64 [N, k], in no order. `spare` more candidates are
        screened.
        """
        k = min(k, self.weight.shape[0])
        screens = self.screens and can_screen(self.weight.shape[0], k + spare)
        step = max(1, CANDIDATES // (k + spare)) if screens else self._exact_rows()
        values = x.new_empty(x.shape[0], k)
        latents = torch.empty(x.shape[0], k, dtype=torch.int64, device=x.device)
        for at in range(0, x.shape[0], step):
            rows = slice(at, at + step)
            found = self._screened(x[rows], k, spare) if screens else top_rows(self._exact(x[rows]), k)
            values[rows], latents[rows] = found
        return values, latents

    def dense(self, x: Tensor) -> Tensor:
        """All pre-activations of a few rows: float32 [N, n]."""
        return torch.addmm(self.bias, x, self.weight.t())

    def _exact_rows(self) -> int:
        return max(FEW_ROWS, BUFFER // self.weight.shape[0])

    def _exact(self, x: Tensor) -> Tensor:
        out = self._room(x.shape[0], self.weight.shape[0], x.dtype)
        return torch.addmm(self.bias, x, self.weight.t(), out=out)

    def _screened(self, x: Tensor, k: int, spare: int) -> tuple[Tensor, Tensor]:
        rows, numbers, coarse, floor = self._candidates(x, k + spare)
        pairs = Pairs.listed(rows, numbers, self.weight.shape[0])
        exact = pairs.dots(x, self.weight).add_(self.bias[pairs.latents])
        order, starts, counts = pairs.by_row(x.shape[0])
        exact = exact[order]
        values, place = padded(exact, starts, counts, k, -torch.inf).topk(k, dim=1, sorted=False)
        reachable = (starts.unsqueeze(1) + place).clamp_(max=max(0, len(rows) - 1))
        latents = pairs.latents[order][reachable] if len(rows) else place
        unsure = counts < k
        if self.sure:
            gap = (coarse[pairs.order][order].float() - exact).abs_()
            error = padded(gap, starts, counts, 1, 0.0).amax(1)
            unsure |= ~(values.amin(1) >= floor.float() + 2 * error)
        self._mend(x, k, unsure.nonzero().squeeze(1), values, latents)
        return values, latents

    def _candidates(self, x: Tensor, count: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """At least `count` candidates of most rows: rows, latents, coarse values [P]; floors [N]."""
        coarse_x = x.new_ones(x.shape[0], x.shape[1] + 1, dtype=torch.bfloat16)
        coarse_x[:, :-1].copy_(x)
        n = self.weight.shape[0]
        found, step = [], max(FEW_ROWS, CACHED // n)
        for at in range(0, x.shape[0], step):
            part = coarse_x[at : at + step]
            product = torch.mm(self._coarse, part.t(), out=self._room(n, part.shape[0], part.dtype))
            some = screen(product, count)
            found.append((some.columns + at, some.latents, some.values, some.floor))
        return tuple(torch.cat(column) for column in zip(*found))

    def _mend(self, x: Tensor, k: int, unsure: Tensor, values: Tensor, latents: Tensor) -> None:
        """Compute in float32 the rows (int64) whose candidates may lack one of the k largest."""
        self.mended += unsure.shape[0]
        step = max(1, MENDING // self.weight.shape[0])
        for at in range(0, unsure.shape[0], step):
            rows = unsure[at : at + step]
            values[rows], latents[rows] = top_rows(self.dense(x[rows]), k)

    def _room(self, height: int, width: int, dtype: torch.dtype) -> Tensor:
        """A view [height, width] of the one buffer."""
        need = height * width
        if self._buffer is None or self._buffer.numel() < need or self._buffer.dtype != dtype:
            self._buffer = torch.empty(need, dtype=dtype, device=self.weight.device)
        return self._buffer[:need].view(height, width)
