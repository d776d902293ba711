"""Training a TopK SAE without autograd."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from models.sae.auxk import auxk
from models.sae.config import SaeConfig
from models.sae.encoder import Encoder
from models.sae.gradients import (
    Weights,
    normalise_rows,
    reconstruction_gradients,
    remove_parallel,
    to_unit_length,
)
from models.sae.report import Sums
from models.sae.sae import Sae
from models.sae.sparse import mixture
from models.sae.start import initial
from models.sae.trainer_config import TrainerConfig
from models.sae.training import Training


class Trainer(Training):
    """A TopK SAE in the making.

    Loss = FVU of the batch + auxk_alpha x AuxK (sparsify's, Gao et al. 2024). The decoder starts as the
    encoder with unit rows. `TrainerConfig.of` reads the settings from whatever has their names.
    """

    def __init__(self, d_in: int, config: Any, device: str | torch.device = "cpu") -> None:
        super().__init__(d_in, TrainerConfig.of(config), device)
        self.weights = Weights(**initial(d_in, self.num_latents, self.config.seed, self.device))
        fused = self.device.type in ("cpu", "cuda")
        parameters = [torch.nn.Parameter(t, requires_grad=True) for t in self.weights.tensors()]
        self.optimizer = torch.optim.Adam(parameters, lr=1.0, fused=fused)
        self._encoder: Encoder | None = None

    def sae(self) -> Sae:
        scale = self.scale or 1.0
        w = self.weights
        config = SaeConfig(self.d_in, self.num_latents, self.config.k)
        return Sae(config, w.encoder.clone(), w.encoder_bias / scale, w.decoder.clone(), w.b_dec / scale)

    def _start_at(self, mean: Tensor) -> None:
        self.weights.b_dec.copy_(mean)

    def _copied(self) -> dict[str, Any]:
        return {"weights": [t.clone() for t in self.weights.tensors()]}

    def _restore(self, state: dict[str, Any]) -> None:
        for mine, saved in zip(self.weights.tensors(), state["weights"]):
            mine.copy_(saved)
        self._encoder = None

    @torch.no_grad()
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
        self._silent(fired, x.shape[0])
        return {
            **self._report(sums, fired, x.shape[0]),
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

    def _apply(self, gradient: Weights) -> float:
        remove_parallel(gradient.decoder, self.weights.decoder)
        to_unit_length(gradient.tensors())
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
