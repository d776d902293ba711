"""Recipes that keep the largest pre-activations: Multi-TopK, BatchTopK, Matryoshka BatchTopK."""

from __future__ import annotations

from itertools import accumulate, pairwise
from typing import Any

import torch
from torch import Tensor

from models.sae.choices import Choice, Threshold, TopK
from models.sae.recipes.recipe import Recipe, Seen
from models.sae.trainer_config import TrainerConfig

#: Multi-TopK (Gao et al. 2024, A.4, as sparsify weighs it): loss(k) + loss(4 k) / 8.
WIDER, WEIGHT = 4, 1 / 8
#: How slowly the threshold of BatchTopK follows the smallest activation of a batch.
KEPT = 0.99
#: Matryoshka's groups (Bussmann et al. 2025): shares of the latents, the last one takes the rest.
SHARES = (1 / 32, 1 / 16, 1 / 8, 1 / 4)


class MultiTopK(Recipe):
    """TopK that is also good at 4 k, so that it degrades gracefully when more latents are kept."""

    def see(self, x: Tensor, variance: float) -> Seen:
        pre = self.pre(x).relu()
        acts = keep_largest(pre, self.config.k)
        wider = keep_largest(pre, min(WIDER * self.config.k, pre.shape[1]))
        loss = self.share(x, acts, variance) + WEIGHT * self.share(x, wider, variance)
        return Seen(loss, acts, pre)

    def choice(self, scale: float) -> Choice:
        return TopK(self.config.k)


class BatchTopK(Recipe):
    """k x N activations a batch, wherever they are (Bussmann et al. 2024); one threshold afterwards."""

    architecture = activation = "jumprelu"

    def __init__(self, weights: dict[str, Tensor], config: TrainerConfig) -> None:
        super().__init__(weights, config)
        self.threshold = 0.0

    def see(self, x: Tensor, variance: float) -> Seen:
        pre = self.pre(x).relu()
        acts = keep_largest(pre.reshape(1, -1), min(self.config.k * len(x), pre.numel())).view_as(pre)
        return Seen(self.loss(x, acts, variance), acts, pre)

    def loss(self, x: Tensor, acts: Tensor, variance: float) -> Tensor:
        """FVU."""
        return self.share(x, acts, variance)

    def learn(self, acts: Tensor) -> None:
        active = acts[acts > 0]
        if active.numel():
            least = float(active.min())
            self.threshold = KEPT * self.threshold + (1 - KEPT) * least if self.threshold else least

    def choice(self, scale: float) -> Choice:
        return Threshold(torch.tensor([self.threshold / scale], device=self.decoder.device))

    def noted(self) -> dict[str, Any]:
        return {"threshold": self.threshold}

    def recall(self, noted: dict[str, Any]) -> None:
        self.threshold = float(noted["threshold"])


class Matryoshka(BatchTopK):
    """BatchTopK whose first latents must do by themselves: the mean FVU over nested groups of latents."""

    def loss(self, x: Tensor, acts: Tensor, variance: float) -> Tensor:
        ends = group_ends(acts.shape[1])
        rest, total = x - self.b_dec, x.new_zeros(())
        for start, end in pairwise((0, *ends)):
            rest = rest - acts[:, start:end] @ self.decoder[start:end]
            total = total + rest.square().sum() / variance
        return total / len(ends)


def group_ends(count: int) -> list[int]:
    """Where the nested groups of `count` latents end; the last one holds all."""
    ends = [int(count * share) for share in accumulate(SHARES)]
    return [*dict.fromkeys(end for end in ends if end), count]


def keep_largest(values: Tensor, count: int) -> Tensor:
    """The `count` largest of each row of `values` [N, n]; 0 elsewhere."""
    top, place = values.topk(count, dim=1, sorted=False)
    return torch.zeros_like(values).scatter(1, place, top)
