"""What a recipe has to tell a trainer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from models.sae.choices import Choice
from models.sae.trainer_config import TrainerConfig


@dataclass(slots=True)
class Seen:
    """A batch under a recipe: the loss (a scalar with a graph, in shares of the batch's variance), the
    activations float32 [N, n], and the pre-activations after ReLU, of which dead latents learn."""

    loss: Tensor
    acts: Tensor
    pre: Tensor


class Recipe(nn.Module):
    """A dictionary in the making: encoder [n, d], encoder_bias [n], decoder [n, d] (unit rows), b_dec [d].

    Inputs are scaled to a root mean square of 1 per coordinate, as `Trainer` does. The target for L0 is
    `config.k` for every recipe.
    """

    #: What the finished SAE calls its architecture and activation (see `SaeConfig`).
    architecture = "topk"
    activation = "topk"

    def __init__(self, weights: dict[str, Tensor], config: TrainerConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = nn.Parameter(weights["encoder"])
        self.encoder_bias = nn.Parameter(weights["encoder_bias"])
        self.decoder = nn.Parameter(weights["decoder"])
        self.b_dec = nn.Parameter(weights["b_dec"])

    def see(self, x: Tensor, variance: float) -> Seen:
        """Loss and activations of `x` float32 [N, d]; `variance` = sum ||x - mean(x)||^2."""
        raise NotImplementedError

    def learn(self, acts: Tensor) -> None:
        """After each step: what is followed beside the gradients."""

    def choice(self, scale: float) -> Choice:
        """Which latents fire for inputs that were not scaled (x scaled is `scale` times x)."""
        raise NotImplementedError

    def noted(self) -> dict[str, Any]:
        """What `learn` follows, as plain values."""
        return {}

    def recall(self, noted: dict[str, Any]) -> None:
        """Take back what `noted` gave."""

    def pre(self, x: Tensor) -> Tensor:
        """Pre-activations [N, n]."""
        return torch.nn.functional.linear(x - self.b_dec, self.encoder, self.encoder_bias)

    def share(self, x: Tensor, acts: Tensor, variance: float) -> Tensor:
        """FVU of the reconstruction from `acts`."""
        return (x - acts @ self.decoder - self.b_dec).square().sum() / variance
