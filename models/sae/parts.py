"""Encoding many vectors where memory may be short."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from models.device import free_after_failure, is_out_of_memory
from models.sae.code import SparseCode
from models.sae.sae import Sae


def encode_in_parts(sae: Sae, x: Tensor) -> SparseCode:
    """`sae.encode(x)`; what does not fit into memory at once is encoded in halves, down to single rows.

    Rows do not depend on each other, so the result is the same. Raises as `Sae.encode`, and the error of the
    memory when a single row does not fit.
    """
    try:
        return sae.encode(x)
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error) or len(x) < 2:
            raise
    free_after_failure(sae.device)
    half = len(x) // 2
    return joined(encode_in_parts(sae, x[:half]), encode_in_parts(sae, x[half:]))


def joined(first: SparseCode, second: SparseCode) -> SparseCode:
    """The rows of one code after those of another of the same SAE."""
    affine = None if first.affine is None else torch.cat([first.affine, second.affine])
    width = max(first.indices.shape[1], second.indices.shape[1])
    one, other = (_padded(code, width) for code in (first, second))
    return SparseCode(torch.cat([one[0], other[0]]), torch.cat([one[1], other[1]]), affine)


def _padded(code: SparseCode, width: int) -> tuple[Tensor, Tensor]:
    """Columns of latent 0 with the value 0, which stand for nothing, up to `width`."""
    missing = width - code.indices.shape[1]
    return functional.pad(code.indices, (0, missing)), functional.pad(code.values, (0, missing))
