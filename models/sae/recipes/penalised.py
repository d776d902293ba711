"""Recipes with a price on activity: ReLU + L1, Gated, JumpReLU. The price follows the target L0."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

from models.sae.choices import Choice, Gate, Threshold
from models.sae.recipes.recipe import Recipe, Seen
from models.sae.trainer_config import TrainerConfig

#: The price at the start, how fast its logarithm follows the gap between L0 and its target, and its limits.
PRICE, FOLLOWS, LOWEST, HIGHEST = 1e-2, 5e-2, 1e-7, 1e3
#: JumpReLU's threshold at the start and the width of its kernel, in the scaled inputs' own unit.
THRESHOLD, BANDWIDTH = 1e-2, 3e-1


class Priced(Recipe):
    """A recipe whose price on activity rises while more than `k` latents fire, and falls while fewer do."""

    def __init__(self, weights: dict[str, Tensor], config: TrainerConfig) -> None:
        super().__init__(weights, config)
        self.price = PRICE

    def learn(self, acts: Tensor) -> None:
        gap = float((acts > 0).sum()) / len(acts) / self.config.k - 1
        self.price *= math.exp(FOLLOWS * max(-1.0, min(1.0, gap)))
        self.price = max(LOWEST, min(HIGHEST, self.price))

    def toll(self, strengths: Tensor) -> Tensor:
        """The price of `strengths` [N, n] (decoder rows have length 1, so sizes are comparable)."""
        return self.price * strengths.sum() / (len(strengths) * strengths.shape[1] ** 0.5)

    def noted(self) -> dict[str, Any]:
        return {"price": self.price}

    def recall(self, noted: dict[str, Any]) -> None:
        self.price = float(noted["price"])


class ReluL1(Priced):
    """ReLU with an L1 price (Bricken et al. 2023)."""

    architecture, activation = "standard", "relu"

    def see(self, x: Tensor, variance: float) -> Seen:
        acts = self.pre(x).relu()
        return Seen(self.share(x, acts, variance) + self.toll(acts), acts, acts)

    def choice(self, scale: float) -> Choice:
        return Threshold()


class Gated(Priced):
    """A gate says whether a latent fires, tied weights how strongly (Rajamanoharan et al. 2024, gated).

    Price on relu(gate); the gate learns from a reconstruction of its own through a decoder that is held.
    """

    architecture = activation = "gated"

    def __init__(self, weights: dict[str, Tensor], config: TrainerConfig) -> None:
        super().__init__(weights, config)
        self.r_mag = nn.Parameter(torch.zeros_like(weights["encoder_bias"]))
        self.b_mag = nn.Parameter(torch.zeros_like(weights["encoder_bias"]))

    def see(self, x: Tensor, variance: float) -> Seen:
        gate = self.pre(x)
        size = (gate - self.encoder_bias) * self.r_mag.exp() + self.b_mag
        acts = (gate > 0) * size.relu()
        opened = gate.relu()
        shadow = x - opened @ self.decoder.detach() - self.b_dec.detach()
        loss = self.share(x, acts, variance) + shadow.square().sum() / variance + self.toll(opened)
        return Seen(loss, acts, opened)

    def choice(self, scale: float) -> Choice:
        b_gate, b_mag = self.encoder_bias.detach() / scale, self.b_mag.detach() / scale
        return Gate(b_gate, self.r_mag.detach().clone(), b_mag)


class JumpRelu(Recipe):
    """A threshold for every latent, learnt through the kernel of Rajamanoharan et al. 2024 (JumpReLU).

    Price: (L0 / k - 1)^2, which needs no coefficient to be searched for.
    """

    architecture = activation = "jumprelu"

    def __init__(self, weights: dict[str, Tensor], config: TrainerConfig) -> None:
        super().__init__(weights, config)
        self.threshold = nn.Parameter(torch.full_like(weights["encoder_bias"], THRESHOLD))

    def see(self, x: Tensor, variance: float) -> Seen:
        pre, threshold = self.pre(x).relu(), self.threshold
        acts = _Jump.apply(pre, threshold)
        l0 = _Count.apply(pre, threshold).sum() / len(x)
        loss = self.share(x, acts, variance) + (l0 / self.config.k - 1).square()
        return Seen(loss, acts, pre)

    def learn(self, acts: Tensor) -> None:
        self.threshold.data.clamp_(min=0)  # not within the loss, where one that reached 0 would stay there

    def choice(self, scale: float) -> Choice:
        return Threshold(self.threshold.detach() / scale)


class _Jump(torch.autograd.Function):
    """x (x > threshold); the threshold's gradient comes through a rectangle of width `BANDWIDTH`."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, threshold: Tensor) -> Tensor:
        ctx.save_for_backward(x, threshold)
        return x * (x > threshold)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor]:
        (gradient,), (x, threshold) = gradients, ctx.saved_tensors
        near = ((x - threshold).abs() < BANDWIDTH / 2) * gradient
        return (x > threshold) * gradient, -(threshold / BANDWIDTH) * near.sum(0)


class _Count(torch.autograd.Function):
    """x > threshold as 0 and 1; only the threshold has a gradient."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, threshold: Tensor) -> Tensor:
        ctx.save_for_backward(x, threshold)
        return (x > threshold).to(x)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[None, Tensor]:
        (gradient,), (x, threshold) = gradients, ctx.saved_tensors
        near = ((x - threshold).abs() < BANDWIDTH / 2) * gradient
        return None, -(near / BANDWIDTH).sum(0)
