"""A resumable training course: two optimizers, one schedule, checkpoints, progress lines."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

Losses = Callable[[np.random.Generator], dict[str, Tensor]]
SAVE_EVERY, SAY_EVERY = 200, 50


class Course:
    """Trains `module` for `steps` steps with the sum of `losses(rng)`.

    The layers' weight matrices go through Muon (Jordan et al. 2024), everything else through AdamW. The
    learning rate rises over the first 50 steps and falls linearly over the second half. Step i draws
    from its own random stream, so that a resumed course sees what an unbroken one sees.
    """

    def __init__(
        self, module: nn.Module, steps: int, seed: int, path: Path, muon: float = 3e-3, adam: float = 2e-3
    ) -> None:
        self.module, self.steps, self.seed, self.path = module, steps, seed, path
        named = [(name, p) for name, p in module.named_parameters() if p.requires_grad]
        matrices = [p for name, p in named if p.ndim == 2 and ".layers." in name]
        rest = [p for name, p in named if not (p.ndim == 2 and ".layers." in name)]
        self.optimizers = [
            torch.optim.Muon(
                matrices, lr=muon, momentum=0.95, weight_decay=0.01, adjust_lr_fn="match_rms_adamw"
            ),
            torch.optim.AdamW(rest, lr=adam, betas=(0.9, 0.95), weight_decay=0.01),
        ]
        self.peaks = (muon, adam)
        self.step = 0

    def rate(self) -> float:
        """Share of the peak learning rate at this step."""
        warm = min(1.0, (self.step + 1) / 50)
        return warm * min(1.0, max(0.01, 2 * (self.steps - self.step) / self.steps))

    def resume(self) -> None:
        if self.path.exists():
            stored = torch.load(self.path, weights_only=True, map_location="cpu")
            self.module.load_state_dict(stored["module"])
            for optimizer, state in zip(self.optimizers, stored["optimizers"], strict=True):
                optimizer.load_state_dict(state)
            self.step = stored["step"]
            print(f"resumed {self.path.name} at step {self.step}", flush=True)

    def save(self) -> None:
        """Written beside the checkpoint and moved over it: a crash leaves the old one whole."""
        state = {"module": self.module.state_dict(), "step": self.step}
        torch.save(state | {"optimizers": [o.state_dict() for o in self.optimizers]}, f"{self.path}.part")
        os.replace(f"{self.path}.part", self.path)

    def run(self, losses: Losses, report: Callable[[int], None], every: int) -> None:
        """`report(step)` is called every `every` steps and at the end."""
        self.resume()
        started, first = time.monotonic(), self.step
        while self.step < self.steps:
            values = losses(np.random.default_rng([self.seed, self.step]))
            self.update(values)
            self.step += 1
            if self.step % SAY_EVERY == 0:
                pace = (time.monotonic() - started) / (self.step - first)
                parts = " ".join(f"{name} {float(value.detach()):.3f}" for name, value in values.items())
                print(f"{self.path.stem} {self.step}/{self.steps} {parts} {pace:.2f} s/step", flush=True)
            if self.step % SAVE_EVERY == 0 or self.step == self.steps:
                self.save()
            if self.step % every == 0 or self.step == self.steps:
                report(self.step)

    def update(self, values: dict[str, Tensor]) -> None:
        torch.stack(list(values.values())).sum().backward()
        nn.utils.clip_grad_norm_(self.module.parameters(), 1.0)
        for optimizer, peak in zip(self.optimizers, self.peaks, strict=True):
            for group in optimizer.param_groups:
                group["lr"] = peak * self.rate()
            optimizer.step()
            optimizer.zero_grad()
