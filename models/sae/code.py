"""Sparse codes: what an SAE makes of a batch of vectors."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor


class SparseCode(NamedTuple):
    """Activations of the latents that fire: `indices` int32 [N, k], `values` float32 [N, k].

    A value of 0 marks an unused slot, whatever its index. The order within a row has no meaning. `affine`
    float32 [N, 2] are the factor and the shift that undo a normalisation of each token, None without one.
    """

    indices: Tensor
    values: Tensor
    affine: Tensor | None = None
