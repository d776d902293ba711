"""Training by autograd, for every recipe: dense activations, Adam, dead latents revived."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from models.sae.config import SaeConfig
from models.sae.gradients import normalise_rows, remove_parallel, to_unit_length
from models.sae.inputs import Inputs
from models.sae.recipes.recipe import Recipe, Seen
from models.sae.reference import revive
from models.sae.report import Sums
from models.sae.rule import Rule
from models.sae.sae import Sae
from models.sae.start import initial
from models.sae.trainer_config import TrainerConfig
from models.sae.training import Training


class GraphTrainer(Training):
    """Any recipe in the making.

    Activations are dense: a batch of N takes some N x n x 4 x 4 bytes. Loss = the recipe's, in shares of
    the batch's variance, + auxk_alpha x AuxK.
    """

    def __init__(
        self, d_in: int, config: TrainerConfig, kind: type[Recipe], device: str | torch.device = "cpu"
    ) -> None:
        super().__init__(d_in, config, device)
        self.recipe = kind(initial(d_in, self.num_latents, config.seed, self.device), config)
        self.optimizer = torch.optim.Adam(self.recipe.parameters(), lr=1.0)

    @torch.no_grad()
    def sae(self) -> Sae:
        scale, r = self.scale or 1.0, self.recipe
        k = self.config.k if r.activation == "topk" else self.num_latents
        config = SaeConfig(self.d_in, self.num_latents, k, r.architecture, r.activation)
        weights = r.encoder.clone(), r.encoder_bias / scale, r.decoder.clone(), r.b_dec / scale
        plain = (weight.detach() for weight in weights)
        return Sae(config, *plain, rule=Rule(r.choice(scale), Inputs(True)))

    def _start_at(self, mean: Tensor) -> None:
        self.recipe.b_dec.data.copy_(mean)

    def _copied(self) -> dict[str, Any]:
        weights = {name: p.detach().clone() for name, p in self.recipe.named_parameters()}
        return {"weights": weights, "noted": self.recipe.noted()}

    def _restore(self, state: dict[str, Any]) -> None:
        for name, parameter in self.recipe.named_parameters():
            parameter.copy_(state["weights"][name])
        self.recipe.recall(state["noted"])

    def _update(self, x: Tensor, is_image: Tensor) -> dict[str, float]:
        variance = max(float((x - x.mean(0)).double().square().sum()), 1e-12)
        seen = self.recipe.see(x, variance)
        aux = self._revive(x, seen, variance)
        loss = seen.loss + self.config.auxk_alpha * aux
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        with torch.no_grad():
            report = self._measured(x, seen.acts.detach(), is_image)
            lr = self._apply()
            self.recipe.learn(seen.acts.detach())
        return {**report, "loss": float(loss.detach()), "auxk": float(aux.detach()), "lr": lr}

    def _revive(self, x: Tensor, seen: Seen, variance: float) -> Tensor:
        dead = self.dead()
        if not self.config.auxk_alpha or not dead.shape[0]:
            return x.new_zeros(())
        r = self.recipe
        error = (x - seen.acts @ r.decoder - r.b_dec).detach()
        return revive(x - r.b_dec, r.encoder[dead], r.encoder_bias[dead], r.decoder[dead], error) / variance

    def _measured(self, x: Tensor, acts: Tensor, is_image: Tensor) -> dict[str, float]:
        r, sums = self.recipe, Sums(self.d_in)
        centred = x - r.b_dec
        sums.add(centred, centred - acts @ r.decoder, is_image)
        fired = (acts > 0).sum(0)
        self._silent(fired, x.shape[0])
        return self._report(sums, fired, x.shape[0])

    def _apply(self) -> float:
        r = self.recipe
        if r.decoder.grad is not None:
            remove_parallel(r.decoder.grad, r.decoder)
        to_unit_length(p.grad for p in r.parameters() if p.grad is not None)
        lr = self.config.lr_at(self.num_latents, self.tokens)
        self.optimizer.param_groups[0]["lr"] = lr
        self.optimizer.step()
        normalise_rows(r.decoder)
        return lr
