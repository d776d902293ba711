"""The trainer of an architecture by its name."""

from __future__ import annotations

from typing import Any

import torch

from models.sae.recipes.graph_trainer import GraphTrainer
from models.sae.recipes.largest import BatchTopK, Matryoshka, MultiTopK
from models.sae.recipes.penalised import Gated, JumpRelu, ReluL1
from models.sae.recipes.recipe import Recipe
from models.sae.trainer import Trainer
from models.sae.trainer_config import TrainerConfig
from studio.domain.errors import ModelError
from studio.domain.specs import ARCHITECTURES

RECIPES: dict[str, type[Recipe]] = {
    "multi_topk": MultiTopK,
    "batch_topk": BatchTopK,
    "matryoshka": Matryoshka,
    "jumprelu": JumpRelu,
    "gated": Gated,
    "relu": ReluL1,
}


AnyTrainer = Trainer | GraphTrainer


def make_trainer(d_in: int, config: Any, device: str | torch.device = "cpu") -> AnyTrainer:
    """TopK is trained without autograd; everything else by its recipe. Raises `ModelError`."""
    settings = TrainerConfig.of(config)
    if settings.architecture == "topk":
        return Trainer(d_in, settings, device)
    if settings.architecture not in RECIPES:
        known = ", ".join(ARCHITECTURES)
        raise ModelError(f"There is no architecture “{settings.architecture}”. Known are {known}.")
    return GraphTrainer(d_in, settings, RECIPES[settings.architecture], device)
