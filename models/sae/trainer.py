"""Training a TopK SAE without autograd."""

from __future__ import annotations

import time
from typing import Any

import torch
from torch import Tensor

from models.sae.auxk import auxk
from models.sae.config import SaeConfig
from models.sae.encoder import Encoder
from models.sae.gradients import Weights, normalise_rows, reconstruction_gradients, remove_parallel
from models.sae.report import StepReport, Sums
from models.sae.sae import Sae
from models.sae.sparse import mixture
from models.sae.start import begin, check_batch, initial
from models.sae.trainer_config import TrainerConfig
from studio.domain.errors import ModelError


class Trainer:
    """A TopK SAE in the making. Feed it shuffled batches with `step`.

    Loss = FVU of the batch + auxk_alpha x AuxK (sparsify's, Gao et al. 2024). Inputs are scaled by one
    number, fixed at the first batch, to a root mean square of 1 per coordinate about their mean, so that
    learning rates for the biases fit every model; `sae` folds it back. The decoder starts as the encoder
    with unit rows, b_dec as the mean of the first batch. `TrainerConfig.of` reads the settings from
    whatever has their names. Same seed, batches and thread count give the same weights.
    """

    def __init__(self, d_in: int, config: Any, device: str | torch.device = "cpu") -> None:
        self.d_in, self.config = d_in, TrainerConfig.of(config)
        self.device = torch.device(device)
        self.num_latents = self.config.width(d_in)
        if not 1 <= self.config.k <= self.num_latents:
            raise ModelError(f"k is {self.config.k}; it must lie between 1 and {self.num_latents} latents.")
        self.weights = Weights(**initial(d_in, self.num_latents, self.config.seed, self.device))
        self.scale, self.steps, self.tokens = 0.0, 0, 0
        self.silent_for = torch.zeros(self.num_latents, dtype=torch.int64, device=self.device)
        fused = self.device.type in ("cpu", "cuda")
        parameters = [torch.nn.Parameter(t, requires_grad=True) for t in self.weights.tensors()]
        self.optimizer = torch.optim.Adam(parameters, lr=1.0, fused=fused)
        self._encoder: Encoder | None = None

    @torch.no_grad()
    def step(self, x: Tensor, is_image: Tensor | None = None) -> StepReport:
        """One step on `x` [N, d_in] (any float type), `is_image` bool [N] (None: all text)."""
        started = time.perf_counter()
        x, is_image = check_batch(x, is_image, self.d_in, self.device)
        if not self.scale:
            self.scale, mean = begin(x)
            self.weights.b_dec.copy_(mean * self.scale)
        values = self._update(x * self.scale, is_image)
        self.steps += 1
        self.tokens += x.shape[0]
        speed = x.shape[0] / max(1e-9, time.perf_counter() - started)
        return StepReport(**values, tokens_per_s=speed, step=self.steps, tokens=self.tokens)

    def sae(self) -> Sae:
        """The SAE as it stands, for unscaled inputs. A copy: training may go on."""
        scale = self.scale or 1.0
        w = self.weights
        config = SaeConfig(self.d_in, self.num_latents, self.config.k)
        return Sae(config, w.encoder.clone(), w.encoder_bias / scale, w.decoder.clone(), w.b_dec / scale)

    def state_dict(self) -> dict[str, Any]:
        """All that is needed to go on with the same bits. Loads with `torch.load(weights_only=True)`."""
        return {
            "weights": [t.clone() for t in self.weights.tensors()],
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
        for mine, saved in zip(self.weights.tensors(), state["weights"]):
            mine.copy_(saved)
        self.optimizer.load_state_dict(state["optimizer"])
        self.silent_for.copy_(state["silent_for"])
        self.scale, self.steps, self.tokens = state["scale"], state["steps"], state["tokens"]
        self._encoder = None

    def _update(self, x: Tensor, is_image: Tensor) -> dict[str, float]:
        w = self.weights
        centred = x - w.b_dec
        values, latents = self._fast().top(centred, self.config.k, spare=max(8, self.config.k // 4))
        values.clamp_(min=0)
        error = centred - mixture(latents, values, w.decoder)
        sums = Sums(self.d_in)
        sums.add(centred, error, is_image)
        variance = max(sums.variance, 1e-12)
        gradient, fired = reconstruction_gradients(w, centred, latents, values, error, variance)
        aux = self._revive(gradient, centred, error, variance)
        lr = self._apply(gradient)
        self.silent_for.add_(x.shape[0]).masked_fill_(fired > 0, 0)
        return {
            **self._fit(sums, fired, x.shape[0]),
            "loss": sums.fvu() + self.config.auxk_alpha * aux,
            "auxk": aux,
            "lr": lr,
        }

    def _fast(self) -> Encoder:
        if self._encoder is None:
            self._encoder = Encoder(self.weights.encoder, self.weights.encoder_bias, sure=False)
        return self._encoder

    def _revive(self, gradient: Weights, centred: Tensor, error: Tensor, variance: float) -> float:
        """Add AuxK's gradients; its value, as a share of the variance."""
        dead = self.dead()
        if not self.config.auxk_alpha or not dead.shape[0]:
            return 0.0
        scale = self.config.auxk_alpha / variance
        return auxk(self.weights, gradient, centred, error, dead, scale) / variance

    def dead(self) -> Tensor:
        """Numbers (int64) of the latents that have not fired for `dead_after` tokens."""
        return (self.silent_for > self.config.dead_after).nonzero().squeeze(1)

    def _apply(self, gradient: Weights) -> float:
        remove_parallel(gradient.decoder, self.weights.decoder)
        lr = self.config.lr_at(self.num_latents, self.tokens)
        group = self.optimizer.param_groups[0]
        group["lr"] = lr
        for parameter, found in zip(group["params"], gradient.tensors()):
            parameter.grad = found
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        normalise_rows(self.weights.decoder)
        self._fast().refresh()
        return lr

    def _fit(self, sums: Sums, fired: Tensor, rows: int) -> dict[str, float]:
        return {
            "fvu": sums.fvu(),
            "fvu_image": sums.fvu(0),
            "fvu_text": sums.fvu(1),
            "explained": sums.explained(),
            "l0": float(fired.sum()) / max(1, rows),
            "dead": float((self.silent_for > self.config.dead_after).double().mean()),
        }
