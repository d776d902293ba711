"""Known features mixed into fewer dimensions than there are features, and how many an SAE finds again.

The toy model of superposition (Elhage et al. 2022, "Toy Models of Superposition") as ground truth for
dictionary learning (Sharkey et al. 2022): x = sum over the active features of strength x direction + noise.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import normalize

from models.sae.trainer import Trainer
from models.sae.trainer_config import TrainerConfig
from studio.domain.context import Context
from studio.domain.errors import DataError

#: Vectors a training step.
BATCH = 512
#: Spread of the strength of a feature, as the sigma of a lognormal.
STRENGTH = 0.3
LEARNING_RATE = 3e-3
DEAD_AFTER = 20_000


class Features:
    """`count` random unit directions in `width` dimensions; `active` of them, drawn anew, make a vector."""

    def __init__(self, count: int, width: int, active: int, noise: float, seed: int) -> None:
        if not (1 <= active <= count and width >= 2 and noise >= 0):
            raise DataError(
                f"{active} of {count} features cannot be mixed into {width} dimensions: at least one feature "
                "is active, at most all, and there are two dimensions or more."
            )
        self._generator = torch.Generator().manual_seed(seed)
        self._active, self._noise = active, noise
        self.directions = normalize(torch.randn(count, width, generator=self._generator), dim=1)

    def draw(self, rows: int) -> Tensor:
        """Mixed vectors float32 [rows, width]; `noise` is the standard deviation in each dimension."""
        count, width = self.directions.shape
        chosen = torch.rand(rows, count, generator=self._generator).topk(self._active).indices
        strength = torch.exp(STRENGTH * torch.randn(chosen.shape, generator=self._generator))
        mixed = torch.zeros(rows, count).scatter_(1, chosen, strength) @ self.directions
        return mixed + self._noise * torch.randn(rows, width, generator=self._generator)


def train_on(features: Features, latents: int, k: int, vectors: int, seed: int, ctx: Context) -> Tensor:
    """The decoder of an SAE trained on drawn vectors by the ordinary trainer: float32 [latents, width], unit
    rows. Raises `ModelError` for a k that does not fit, and `Cancelled`."""
    config = TrainerConfig(
        k=k, num_latents=latents, tokens=vectors, lr=LEARNING_RATE, dead_after=DEAD_AFTER, seed=seed
    )
    trainer = Trainer(features.directions.shape[1], config)
    for done in range(0, vectors, BATCH):
        ctx.check()
        ctx.report(done, vectors, "Training an SAE on mixed features")
        trainer.step(features.draw(BATCH))
    return normalize(trainer.sae().decoder, dim=1)


def best_cosines(directions: Tensor, decoder: Tensor) -> tuple[Tensor, Tensor]:
    """For each feature the largest cosine of a latent's direction, float32 [count], and which latent that is,
    int64 [count]."""
    best = (directions @ decoder.T).max(dim=1)
    return best.values, best.indices
