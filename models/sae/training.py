"""What every trainer of an SAE shares: batches in, a report out, silent latents, checkpoints."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from typing import Any

import torch
from torch import Tensor

from models.sae.report import StepReport, Sums
from models.sae.sae import Sae
from models.sae.start import begin, check_batch
from models.sae.trainer_config import TrainerConfig
from studio.domain.errors import ModelError


class Training(ABC):
    """An SAE in the making. Feed it shuffled batches with `step`.

    Inputs are scaled by one number, fixed at the first batch, to a root mean square of 1 per coordinate
    about their mean, so that learning rates for the biases fit every model; `sae` folds it back. b_dec starts
    as the mean of the first batch. Same seed, batches and thread count give the same weights. Raises
    `ModelError` for a `k` that the latents do not have.
    """

    #: Made by the trainer, over its weights.
    optimizer: torch.optim.Optimizer

    def __init__(self, d_in: int, config: TrainerConfig, device: str | torch.device) -> None:
        self.d_in, self.config, self.device = d_in, config, torch.device(device)
        self.num_latents = config.width(d_in)
        if not 1 <= config.k <= self.num_latents:
            raise ModelError(f"k is {config.k}; it must lie between 1 and {self.num_latents} latents.")
        self.scale, self.steps, self.tokens = 0.0, 0, 0
        self.silent_for = torch.zeros(self.num_latents, dtype=torch.int64, device=self.device)

    def step(self, x: Tensor, is_image: Tensor | None = None) -> StepReport:
        """One step on `x` [N, d_in] (any float type), `is_image` bool [N] (None: all text)."""
        started = time.perf_counter()
        x, is_image = check_batch(x, is_image, self.d_in, self.device)
        if not self.scale:
            self.scale, mean = begin(x)
            self._start_at(mean * self.scale)
        values = self._update(x * self.scale, is_image)
        self.steps += 1
        self.tokens += x.shape[0]
        speed = x.shape[0] / max(1e-9, time.perf_counter() - started)
        return StepReport(**values, tokens_per_s=speed, step=self.steps, tokens=self.tokens)

    @abstractmethod
    def sae(self) -> Sae:
        """The SAE as it stands, for unscaled inputs. A copy: training may go on."""

    def dead(self) -> Tensor:
        """Numbers (int64) of the latents that have not fired for `dead_after` tokens."""
        return (self.silent_for > self.config.dead_after).nonzero().squeeze(1)

    def state_dict(self) -> dict[str, Any]:
        """All that is needed to go on with the same bits. Loads with `torch.load(weights_only=True)`."""
        return {
            **self._copied(),
            "optimizer": self.optimizer.state_dict(),
            "silent_for": self.silent_for.clone(),
            "scale": self.scale,
            "steps": self.steps,
            "tokens": self.tokens,
            "d_in": self.d_in,
            "config": self.config.as_dict(),
        }

    @torch.no_grad()
    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue where `state_dict` was taken. Raises `ModelError` when that was another training."""
        if state.get("d_in") != self.d_in or state.get("config") != self.config.as_dict():
            raise ModelError("The checkpoint belongs to a training with other settings; start afresh.")
        self._restore(state)
        self.optimizer.load_state_dict(state["optimizer"])
        self.silent_for.copy_(state["silent_for"])
        self.scale, self.steps, self.tokens = state["scale"], state["steps"], state["tokens"]

    @abstractmethod
    def _start_at(self, mean: Tensor) -> None:
        """Take the scaled mean [d_in] of the first batch as b_dec."""

    @abstractmethod
    def _update(self, x: Tensor, is_image: Tensor) -> dict[str, float]:
        """One step on scaled inputs; `_report` with the loss, AuxK and the learning rate."""

    @abstractmethod
    def _copied(self) -> dict[str, Any]:
        """Copies of the weights and whatever else only this trainer keeps."""

    @abstractmethod
    def _restore(self, state: dict[str, Any]) -> None:
        """Take back what `_copied` gave."""

    def _silent(self, fired: Tensor, rows: int) -> None:
        """Count `rows` more tokens for each latent that did not fire; `fired` is how often each did [n]."""
        self.silent_for.add_(rows).masked_fill_(fired > 0, 0)

    def _report(self, sums: Sums, fired: Tensor, rows: int) -> dict[str, float]:
        return {
            "fvu": sums.fvu(),
            "fvu_image": sums.fvu(0),
            "fvu_text": sums.fvu(1),
            "explained": sums.explained(),
            "l0": float(fired.sum()) / max(1, rows),
            "dead": float((self.silent_for > self.config.dead_after).double().mean()),
        }
