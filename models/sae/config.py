"""What an SAE is, beside its weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Activation = Literal["topk", "groupmax", "relu", "jumprelu", "gated"]


@dataclass(frozen=True, slots=True)
class SaeConfig:
    """`d_in` inputs, `num_latents` latents of which at most `k` fire for one input.

    `activation` is how they are chosen: the `k` largest ("topk"), or the largest of each of `k` equal
    runs of latents ("groupmax"), or all above 0 ("relu"), above a threshold ("jumprelu") or a gate
    ("gated"), where `k` is `num_latents`. `signed` latents are ranked by size and keep their sign (old
    sparsify files). `hookpoint` and `source` say where the SAE belongs and came from, `rule` what it
    computes, in words (for the record; `Sae.rule` computes it).
    """

    d_in: int
    num_latents: int
    k: int
    architecture: str = "topk"
    activation: Activation = "topk"
    signed: bool = False
    hookpoint: str = ""
    source: str = ""
    format: str = "sparsify"
    rule: str = ""
