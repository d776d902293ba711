"""What an SAE is, beside its weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Activation = Literal["topk", "groupmax"]


@dataclass(frozen=True, slots=True)
class SaeConfig:
    """`d_in` inputs, `num_latents` latents of which at most `k` fire for one input.

    `activation` is how they are chosen: the `k` largest ("topk"), or the largest of each of `k` equal
    runs of latents ("groupmax"). `signed` latents are ranked by size and keep their sign (old sparsify
    files); all others are cut at 0. `hookpoint` and `source` say where the SAE belongs and came from.
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
