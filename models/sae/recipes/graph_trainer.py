"""Training by autograd, for every recipe: dense activations, Adam, dead latents revived."""

from __future__ import annotations

import time
from typing import Any

import torch
from torch import Tensor

from models.sae.config import SaeConfig
from models.sae.gradients import normalise_rows, remove_parallel
from models.sae.inputs import Inputs
from models.sae.recipes.recipe import Recipe, Seen
from models.sae.reference import revive
from models.sae.report import StepReport, Sums
from models.sae.rule import Rule
from models.sae.sae import Sae
from models.sae.start import begin, check_batch, initial
from models.sae.trainer_config import TrainerConfig
from studio.domain.errors import ModelError

#: Gradients longer than this are cut back to it, as every library does.
LONGEST = 1.0


class GraphTrainer:
    """As `Trainer`, of which it has every public method, for any recipe.

    Activations are dense: a batch of N takes some N x n x 4 x 4 bytes. Loss = the recipe's, in shares of
    the batch's variance, + auxk_alpha x AuxK.
    """

    def __init__(
        self, d_in: int, config: TrainerConfig, kind: type[Recipe], device: str | torch.device = "cpu"
    ) -> None:
        self.d_in, self.config, self.device = d_in, config, torch.device(device)
        self.num_latents = config.width(d_in)
        if not 1 <= config.k <= self.num_latents:
            raise ModelError(f"k is {config.k}; it must lie between 1 and {self.num_latents} latents.")
        self.recipe = kind(initial(d_in, self.num_latents, config.seed, self.device), config)
        self.scale, self.steps, self.tokens = 0.0, 0, 0
        self.silent_for = torch.zeros(self.num_latents, dtype=torch.int64, device=self.device)
        self.optimizer = torch.optim.Adam(self.recipe.parameters(), lr=1.0)

    def step(self, x: Tensor, is_image: Tensor | None = None) -> StepReport:
        """One step on `x` [N, d_in] (any float type), `is_image` bool [N] (None: all text)."""
        started = time.perf_counter()
        x, is_image = check_batch(x, is_image, self.d_in, self.device)
        if not self.scale:
            self.scale, mean = begin(x)
            self.recipe.b_dec.data.copy_(mean * self.scale)
        values = self._update(x * self.scale, is_image)
        self.steps += 1
        self.tokens += x.shape[0]
        speed = x.shape[0] / max(1e-9, time.perf_counter() - started)
        return StepReport(**values, tokens_per_s=speed, step=self.steps, tokens=self.tokens)

    @torch.no_grad()
    def sae(self) -> Sae:
        """The SAE as it stands, for unscaled inputs. A copy: training may go on."""
        scale, r = self.scale or 1.0, self.recipe
        k = self.config.k if r.activation == "topk" else self.num_latents
        config = SaeConfig(self.d_in, self.num_latents, k, r.architecture, r.activation)
        weights = r.encoder.clone(), r.encoder_bias / scale, r.decoder.clone(), r.b_dec / scale
        plain = (weight.detach() for weight in weights)
        return Sae(config, *plain, rule=Rule(r.choice(scale), Inputs(True)))

    def state_dict(self) -> dict[str, Any]:
        """All that is needed to go on with the same bits. Loads with `torch.load(weights_only=True)`."""
        return {
            "weights": {name: p.detach().clone() for name, p in self.recipe.named_parameters()},
            "noted": self.recipe.noted(),
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
        for name, parameter in self.recipe.named_parameters():
            parameter.copy_(state["weights"][name])
        self.recipe.recall(state["noted"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.silent_for.copy_(state["silent_for"])
        self.scale, self.steps, self.tokens = state["scale"], state["steps"], state["tokens"]

    def dead(self) -> Tensor:
        """Numbers (int64) of the latents that have not fired for `dead_after` tokens."""
        return (self.silent_for > self.config.dead_after).nonzero().squeeze(1)

    def _update(self, x: Tensor, is_image: Tensor) -> dict[str, float]:
        variance = max(float((x - x.mean(0)).double().square().sum()), 1e-12)
        seen = self.recipe.see(x, variance)
        aux = self._revive(x, seen, variance)
        loss = seen.loss + self.config.auxk_alpha * aux
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        with torch.no_grad():
            report = self._report(x, seen.acts.detach(), is_image)
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

    def _report(self, x: Tensor, acts: Tensor, is_image: Tensor) -> dict[str, float]:
        r, sums = self.recipe, Sums(self.d_in)
        centred = x - r.b_dec
        sums.add(centred, centred - acts @ r.decoder, is_image)
        fired = (acts > 0).sum(0)
        self.silent_for.add_(x.shape[0]).masked_fill_(fired > 0, 0)
        return {
            "fvu": sums.fvu(),
            "fvu_image": sums.fvu(0),
            "fvu_text": sums.fvu(1),
            "explained": sums.explained(),
            "l0": float(fired.sum()) / max(1, x.shape[0]),
            "dead": float((self.silent_for > self.config.dead_after).double().mean()),
        }

    def _apply(self) -> float:
        r = self.recipe
        if r.decoder.grad is not None:
            remove_parallel(r.decoder.grad, r.decoder)
        torch.nn.utils.clip_grad_norm_(r.parameters(), LONGEST)
        lr = self.config.lr_at(self.num_latents, self.tokens)
        self.optimizer.param_groups[0]["lr"] = lr
        self.optimizer.step()
        normalise_rows(r.decoder)
        return lr
