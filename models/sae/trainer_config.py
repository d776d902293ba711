"""How an SAE is trained."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

#: Architectures whose L0 comes down only while the learning rate is high.
LATE = ("jumprelu", "gated", "relu")


@dataclass(frozen=True, slots=True)
class TrainerConfig:
    """Settings of `Trainer`, and of `recipes.make_trainer` for every architecture. Amounts are in tokens
    (vectors), so that they do not depend on the batch.

    `num_latents` 0 means d_in x `expansion_factor`. `lr` None means 2e-4 / sqrt(n / 2^14), as sparsify
    (Adam). The rate rises over the first `warmup` of `tokens` and falls linearly to zero over the last
    `decay` of them (None: 0.8, or 0.2 where a price on activity needs time to work); `tokens` 0 keeps it
    constant. A latent is dead once it has not fired for `dead_after`
    tokens; `auxk_alpha` 0 leaves the dead alone.
    """

    architecture: str = "topk"
    k: int = 32
    num_latents: int = 0
    expansion_factor: int = 32
    tokens: int = 0
    lr: float | None = None
    warmup: float = 0.02
    decay: float | None = None
    auxk_alpha: float = 1 / 32
    dead_after: int = 200_000
    seed: int = 0

    @classmethod
    def of(cls, spec: Any) -> TrainerConfig:
        """The settings of anything that has some of these names, e.g. `studio.domain.specs.TrainSpec`."""
        if isinstance(spec, cls):
            return spec
        return cls(**{f.name: getattr(spec, f.name) for f in fields(cls) if hasattr(spec, f.name)})

    def width(self, d_in: int) -> int:
        """The number of latents for inputs of `d_in`."""
        return self.num_latents or d_in * self.expansion_factor

    def peak_lr(self, num_latents: int) -> float:
        """The learning rate between warm-up and decay."""
        return self.lr if self.lr is not None else 2e-4 / (num_latents / 2**14) ** 0.5

    def lr_at(self, num_latents: int, seen: int) -> float:
        """The learning rate of the step that starts after `seen` tokens."""
        peak = self.peak_lr(num_latents)
        if not self.tokens:
            return peak
        done = min(1.0, seen / self.tokens)
        rise = (done + 0.1 * self.warmup) / (1.1 * self.warmup) if self.warmup else 1.0
        decay = self.decay if self.decay is not None else 0.2 if self.architecture in LATE else 0.8
        fall = (1.0 - done) / decay if decay else 1.0
        return peak * min(1.0, rise, fall)

    def as_dict(self) -> dict[str, Any]:
        """The settings as JSON."""
        return asdict(self)
