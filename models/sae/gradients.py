"""Gradients of the TopK loss by hand: sparse wherever the code is sparse."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from models.sae.sparse import Pairs

#: Rows of a weight gradient treated at a time: what lies between stays in the cache (n x d floats are 2 GB
#: at n 131,072, d 4,096).
ROWS = 256


@dataclass(slots=True)
class Weights:
    """Trained tensors: encoder [n, d], encoder_bias [n], decoder [n, d] (unit rows), b_dec [d]; float32."""

    encoder: Tensor
    encoder_bias: Tensor
    decoder: Tensor
    b_dec: Tensor

    def tensors(self) -> list[Tensor]:
        """The four tensors, always in this order."""
        return [self.encoder, self.encoder_bias, self.decoder, self.b_dec]


def reconstruction_gradients(
    weights: Weights, centred: Tensor, latents: Tensor, values: Tensor, error: Tensor, variance: float
) -> tuple[Weights, Tensor]:
    """Gradients of ||x - x_hat||^2 / variance, and how often each latent fired (int64 [n]).

    `centred` = x - b_dec [N, d]; `latents`, `values` [N, k] the code after ReLU; `error` = x - x_hat.
    With g = -2 error / variance: dW_dec = v^T g; dv = g W_dec^T where v > 0; dW_enc = dv^T centred;
    db_enc = sum dv; db_dec = sum g - W_enc^T db_enc (b_dec is subtracted before encoding).
    """
    slope = error * (-2.0 / variance)
    pairs = Pairs.of(latents, weights.encoder.shape[0])
    sorted_values = pairs.sorted(values)
    fires = sorted_values > 0
    back = pairs.dots(slope, weights.decoder).mul_(fires)
    bias = pairs.sums(back)
    gradient = Weights(
        encoder=pairs.sum_rows(back, centred),
        encoder_bias=bias,
        decoder=pairs.sum_rows(sorted_values, slope),
        b_dec=slope.sum(0) - bias @ weights.encoder,
    )
    return gradient, torch.bincount(pairs.latents[fires], minlength=pairs.counts.shape[0])


def remove_parallel(gradient: Tensor, decoder: Tensor) -> None:
    """Take from each row of `gradient` [n, d] its part along the unit row of `decoder`, in place."""
    for some, unit in zip(gradient.split(ROWS), decoder.split(ROWS)):
        along = (some * unit).sum(1, keepdim=True)
        some.addcmul_(unit, along, value=-1.0)


def to_unit_length(gradients: Iterable[Tensor]) -> None:
    """Scale gradients to a common length of 1, in place.

    Adam forgets over 1,000 steps: without this the steep first ones hold back all that follow. Libraries
    whose loss is a sum over d coordinates do the same by clipping at 1, which is always active.
    """
    found = list(gradients)
    length = torch.nn.utils.get_total_norm(found).clamp(min=1e-20)
    for gradient in found:
        gradient.div_(length)


def normalise_rows(decoder: Tensor) -> None:
    """Bring each row of `decoder` [n, d] back to unit length, in place."""
    decoder.div_(decoder.norm(dim=1, keepdim=True).clamp_(min=1e-12))
