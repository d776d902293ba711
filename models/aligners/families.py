"""What the families of joint encoders do differently, by their config's `model_type`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True, slots=True)
class Family:
    """`pad_to_end`: the text tower was trained on texts padded to its full length, without attention mask.
    `scale`: the factor on the cosine before the softmax, as the model has learnt it.
    `text_limit`: tokens the text tower takes where its positions do not say it, else None."""

    pad_to_end: bool
    scale: Callable[[Any], float]
    text_limit: int | None = None


def families() -> Mapping[str, Family]:
    """The families by `model_type`."""
    exponent = Family(False, lambda model: float(model.logit_scale.detach().exp()))
    padded = Family(True, lambda model: float(model.logit_scale.detach().exp()))
    # ALIGN was trained on at most 64 tokens, though its text tower has 512 positions.
    align = Family(False, lambda model: 1 / float(model.temperature.detach()), 64)
    return MappingProxyType({"clip": exponent, "siglip": padded, "siglip2": padded, "align": align})
