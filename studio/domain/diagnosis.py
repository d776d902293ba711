"""What the format doctor found out about an SAE."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Trial:
    """One rule on the vectors: FVU, mean number of latents that fire, share of latents that never did.

    `own` marks the rule that the file itself asks for.
    """

    rule: str
    fvu: float
    l0: float
    dead: float
    own: bool


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All rules tried; the best one, and why. `fits` is False when none explains the vectors, or those of
    another layer are explained better. `layers`: the FVU the best rule leaves on each layer tried.

    `turned`: the FVU that the best rule leaves of the same vectors with their coordinates shuffled and
    their signs drawn, which keeps every norm and every angle but nothing the SAE could know.
    """

    trials: tuple[Trial, ...]
    best: Trial
    turned: float
    layers: dict[int, float]
    fits: bool
    reason: str

    def as_dict(self) -> dict[str, Any]:
        """As JSON; None where a rule gave no number."""
        found = asdict(self)
        for trial in (*found["trials"], found["best"]):
            trial["fvu"] = trial["fvu"] if math.isfinite(trial["fvu"]) else None
        numbers = {"turned": self.turned, **{str(at): fvu for at, fvu in self.layers.items()}}
        plain = {name: value if math.isfinite(value) else None for name, value in numbers.items()}
        return {**found, "turned": plain.pop("turned"), "layers": plain}
