"""The dense half of an SAE: pre-activations in one reused buffer, and the largest of each row."""

from __future__ import annotations

import torch
from torch import Tensor

from models.sae.hardware import has_bf16_units
from models.sae.select import top_rows
from models.sae.sparse import dots

#: Elements of the buffer: 2^26 of bfloat16 are 134 MB (512 rows of 131,072 latents).
BUFFER = 1 << 26
#: Fewer rows a product than this read the weights again and again.
FEW_ROWS = 256
#: Weights this small stay in the cache, and screening them does not pay.
SMALL = 1 << 20


class Encoder:
    """Finds the `k` largest pre-activations x W^T + b of every row, exactly.

    Where the machine has bfloat16 units the product is made in bfloat16 and only screens: more than k
    candidates of each row, whose pre-activations are then computed in float32 and ranked. A row is
    certain when its k-th float32 value lies above the best that a latent outside the candidates can
    have: the last screened value plus twice the largest error seen among the row's own candidates (some
    hundred samples of the same rounding noise). Rows that are not certain are computed in float32 whole.

    `weight` float32 [n, d], `bias` float32 [n]. Call `refresh` after changing them in place.
    """

    def __init__(
        self, weight: Tensor, bias: Tensor, *, screen: bool | None = None, sure: bool = True
    ) -> None:
        self.weight, self.bias, self.sure = weight, bias, sure
        if screen is None:
            screen = has_bf16_units(weight.device) and weight.numel() >= SMALL
        self._coarse = weight.to(torch.bfloat16) if screen else None
        self._coarse_bias = bias.to(torch.bfloat16) if screen else None
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
        """Take over weights that were changed in place."""
        if self._coarse is not None:
            self._coarse.copy_(self.weight)
            self._coarse_bias.copy_(self.bias)

    def top(self, x: Tensor, k: int, spare: int = 64) -> tuple[Tensor, Tensor]:
        """The `k` largest pre-activations of each row of `x` [N, d] (centred, float32), may be negative.

        Returns values float32 [N, k] and latents int64 [N, k], in no order. `spare` more candidates are
        screened.
        """
        k = min(k, self.weight.shape[0])
        values = x.new_empty(x.shape[0], k)
        latents = torch.empty(x.shape[0], k, dtype=torch.int64, device=x.device)
        for rows in self._blocks(x.shape[0]):
            values[rows], latents[rows] = self._top_block(x[rows], k, spare)
        return values, latents

    def dense(self, x: Tensor) -> Tensor:
        """All pre-activations of a few rows: float32 [N, n]."""
        return torch.addmm(self.bias, x, self.weight.t())

    def _blocks(self, count: int) -> list[slice]:
        step = max(FEW_ROWS, self._elements() // self.weight.shape[0])
        return [slice(at, min(at + step, count)) for at in range(0, count, step)]

    def _elements(self) -> int:
        return BUFFER if self.screens else BUFFER // 2

    def _top_block(self, x: Tensor, k: int, spare: int) -> tuple[Tensor, Tensor]:
        if not self.screens or k + spare >= self.weight.shape[0]:
            return top_rows(self._product(x, self.weight, self.bias), k)
        coarse = self._product(x.to(torch.bfloat16), self._coarse, self._coarse_bias)
        screened, candidates = top_rows(coarse, k + spare)
        exact = dots(x, self.weight, candidates) + self.bias[candidates]
        values, place = exact.topk(k, dim=1, sorted=False)
        latents = candidates.gather(1, place)
        if self.sure:
            self._mend(x, k, screened.float(), exact, values, latents)
        return values, latents

    def _mend(
        self, x: Tensor, k: int, screened: Tensor, exact: Tensor, values: Tensor, latents: Tensor
    ) -> None:
        """Compute in float32 the rows whose candidates may lack one of the k largest."""
        error = (screened - exact).abs().amax(1)
        unsure = (values.amin(1) < screened.amin(1) + 2 * error).nonzero().squeeze(1)
        self.mended += unsure.shape[0]
        for at in range(0, unsure.shape[0], FEW_ROWS):
            rows = unsure[at : at + FEW_ROWS]
            values[rows], latents[rows] = top_rows(self.dense(x[rows]), k)

    def _product(self, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        shape, need = (x.shape[0], weight.shape[0]), x.shape[0] * weight.shape[0]
        if self._buffer is None or self._buffer.numel() < need or self._buffer.dtype != x.dtype:
            self._buffer = torch.empty(need, dtype=x.dtype, device=x.device)
        out = self._buffer[:need].view(shape)
        return torch.addmm(bias, x, weight.t(), out=out)
