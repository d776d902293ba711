"""How every training begins: the first weights, the scale of the inputs, what a batch must be."""

from __future__ import annotations

import torch
from torch import Tensor

from models.sae.gradients import normalise_rows
from studio.domain.errors import ModelError, WidthError


def initial(d_in: int, num_latents: int, seed: int, device: torch.device) -> dict[str, Tensor]:
    """Encoder rows as `torch.nn.Linear` draws them, decoder rows in the same directions with length 1."""
    generator = torch.Generator().manual_seed(seed)
    bound = d_in**-0.5
    encoder = torch.empty(num_latents, d_in).uniform_(-bound, bound, generator=generator).to(device)
    decoder = encoder.clone()
    normalise_rows(decoder)
    return {
        "encoder": encoder,
        "encoder_bias": encoder.new_zeros(num_latents),
        "decoder": decoder,
        "b_dec": encoder.new_zeros(d_in),
    }


def begin(x: Tensor) -> tuple[float, Tensor]:
    """The scale that brings the first batch to a root mean square of 1 about its mean, and the mean [d]."""
    mean = x.mean(0)
    spread = float((x - mean).double().square().mean().sqrt())
    if not spread > 0 or spread == float("inf"):
        raise ModelError("The hidden states are all the same or not finite; an SAE cannot learn from them.")
    return 1.0 / spread, mean


def check_batch(x: Tensor, is_image: Tensor | None, d_in: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """`x` float32 [N, d_in] and `is_image` bool [N] (all text where it is None) on `device`. Raises
    `WidthError`, and `ModelError` for numbers that are not finite."""
    if x.ndim != 2 or x.shape[1] != d_in:
        raise WidthError(f"This SAE is trained on vectors of {d_in} numbers, not of {x.shape[-1]}.")
    if is_image is None:
        is_image = torch.zeros(x.shape[0], dtype=torch.bool)
    x = x.to(device, torch.float32)
    if not torch.isfinite(x.sum()):  # one step on it would ruin all weights
        raise ModelError(
            "The hidden states hold NaN or infinite numbers: the model overflows in its number type. Load it "
            "with --dtype bfloat16 or float32."
        )
    return x, is_image.to(device)
