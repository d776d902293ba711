"""The plain way: dense products, full top-k, autograd. What every fast path must equal; used by tests."""

from __future__ import annotations

import torch
from torch import Tensor


def encode(x: Tensor, encoder: Tensor, bias: Tensor, b_dec: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """TopK code of `x` [N, d] in x's own float type: values after ReLU and latents, [N, k]."""
    values, latents = torch.nn.functional.linear(x - b_dec, encoder, bias).topk(k, dim=1)
    return values.relu(), latents


def decode(values: Tensor, latents: Tensor, decoder: Tensor, b_dec: Tensor) -> Tensor:
    """Reconstruction through a dense code [N, n]."""
    code = values.new_zeros(values.shape[0], decoder.shape[0]).scatter(1, latents, values)
    return code @ decoder + b_dec


def loss(
    x: Tensor,
    parameters: tuple[Tensor, Tensor, Tensor, Tensor],
    k: int,
    alpha: float = 0.0,
    dead: Tensor | None = None,
) -> Tensor:
    """FVU + alpha x AuxK of a batch. `parameters`: encoder, encoder bias, decoder, b_dec. `dead`: numbers."""
    encoder, bias, decoder, b_dec = parameters
    values, latents = encode(x, encoder, bias, b_dec, k)
    error = x - decode(values, latents, decoder, b_dec)
    variance = (x - x.mean(0)).square().sum()
    total = error.square().sum() / variance
    if dead is not None and len(dead):
        total = total + alpha * revive(x - b_dec, encoder[dead], bias[dead], decoder[dead], error) / variance
    return total


def revive(centred: Tensor, encoder: Tensor, bias: Tensor, decoder: Tensor, error: Tensor) -> Tensor:
    """AuxK as `models.sae.auxk` defines it, with a graph: dead latents' weights, `error` held fixed."""
    k_aux = max(1, encoder.shape[1] // 2)
    share = min(1.0, encoder.shape[0] / k_aux)
    values, place = (centred @ encoder.t() + bias).topk(min(k_aux, encoder.shape[0]), dim=1)
    code = values.new_zeros(values.shape[0], encoder.shape[0]).scatter(1, place, values.relu())
    return share * (code @ decoder - error.detach()).square().sum()
