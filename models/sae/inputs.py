"""What happens to a vector before the encoder sees it, and how it is undone after decoding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

Normalise = Literal["none", "token_norm", "layer_norm"]
#: Added to the standard deviation by SAELens and by OpenAI's sparse_autoencoder.
EPS = 1e-5


@dataclass(frozen=True, slots=True)
class Inputs:
    """x -> z, the encoder's input: normalised token by token, times `scale`, minus b_dec if `subtract_bias`.

    `normalise`: "token_norm" makes every token's norm sqrt(d) (SAELens's constant_norm_rescale),
    "layer_norm" takes off its mean and divides by its unbiased standard deviation + 1e-5.
    `scale` is one number for all tokens, such as sqrt(d) / E||x||.
    """

    subtract_bias: bool = True
    normalise: Normalise = "none"
    scale: float = 1.0

    def prepare(self, x: Tensor, b_dec: Tensor) -> tuple[Tensor, Tensor | None]:
        """z float32 [N, d] of `x` [N, d], and what `undo` needs: float32 [N, 2] (factor, shift) or None."""
        z, affine = self._normalised(x)
        if self.scale != 1.0:
            z = z * self.scale
        return (z - b_dec if self.subtract_bias else z), affine

    def undo(self, decoded: Tensor, affine: Tensor | None) -> Tensor:
        """The decoder's output (b_dec added) in the model's own space."""
        if self.scale != 1.0:
            decoded = decoded / self.scale
        if self.normalise == "none":
            return decoded
        if affine is None:
            raise ValueError("a normalising SAE decodes only codes that hold their tokens' factors")
        return decoded * affine[:, :1] + affine[:, 1:]

    def _normalised(self, x: Tensor) -> tuple[Tensor, Tensor | None]:
        if self.normalise == "none":
            return x, None
        if self.normalise == "token_norm":
            factor = x.norm(dim=1, keepdim=True).clamp_(min=1e-12) / x.shape[1] ** 0.5
            return x / factor, torch.cat([factor, torch.zeros_like(factor)], dim=1)
        mean = x.mean(dim=1, keepdim=True)
        spread = x.std(dim=1, keepdim=True)
        return (x - mean) / (spread + EPS), torch.cat([spread, mean], dim=1)

    def describe(self) -> str:
        """In words, such as "layer norm, x - b_dec"."""
        names = {"none": "", "token_norm": "norm sqrt(d)", "layer_norm": "layer norm"}
        scaled = "" if self.scale == 1.0 else f"x times {self.scale:.4g}"
        centred = "x - b_dec" if self.subtract_bias else "b_dec not subtracted"
        return ", ".join(part for part in (names[self.normalise], scaled, centred) if part)
