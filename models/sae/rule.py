"""What an SAE computes beside its two matrices: a rule for the inputs and a rule for the activations."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch

from models.sae.choices import Choice, GroupMax, TopK
from models.sae.config import SaeConfig
from models.sae.inputs import Inputs


@dataclass(frozen=True, slots=True)
class Rule:
    """`inputs` before the encoder (and undone after the decoder), `choice` after it."""

    choice: Choice
    inputs: Inputs = field(default_factory=Inputs)

    @classmethod
    def of(cls, config: SaeConfig) -> Rule:
        """The rule of a sparsify SAE: x - b_dec, then what the config says."""
        if config.activation == "groupmax":
            return cls(GroupMax(config.k))
        return cls(TopK(config.k, relu=not config.signed, signed=config.signed))

    def to(self, device: str | torch.device) -> Rule:
        """The same on another device."""
        return Rule(self.choice.to(device), self.inputs)

    def describe(self) -> str:
        """In words, such as "x - b_dec; top 32, then ReLU"."""
        return f"{self.inputs.describe()}; {self.choice.describe()}"
