"""What an SAE's names, shapes and config tell, before its numbers are there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import prod
from pathlib import Path
from typing import Any

from torch import Tensor

from models.sae.formats.format import Format
from models.sae.formats.registry import detect
from models.sae.formats.weights_file import Shapes
from studio.domain.errors import SaeFormatError

#: What different formats call the bias of the decoder, whose length is d_in.
OUTPUT_BIASES = ("b_dec", "pre_bias", "decoder.bias", "bias")


class Enough(BaseException):  # no error: the way out of `read`, past any `except Exception` there
    """Everything that can be checked without the numbers was in order."""


class HeaderOnly:
    """Weights of which only names and shapes are known."""

    container = "safetensors"

    def __init__(self, name: str, shapes: Shapes) -> None:
        self.path, self.shapes = Path(name), shapes
        self.extra: Mapping[str, Any] = {}

    def tensors(self, names: Iterable[str]) -> dict[str, Tensor]:
        """Always raises `Enough`."""
        raise Enough

    def sha256(self) -> str:
        """There is no file to hash."""
        return ""


def describe(
    name: str, shapes: Shapes, config: Mapping[str, Any], formats: Sequence[Format] | None = None
) -> dict[str, Any]:
    """`format`, `d_in`, `num_latents`, `k` and `problem` of a safetensors file, as fields of a `HubSae`."""
    known = detect(shapes, config, formats=formats)
    if known is None:
        return {"problem": "Its tensors are in no format that is read here."}
    found: dict[str, Any] = {"format": known.name, "k": _k(config), **_sizes(shapes)}
    try:
        known.read(HeaderOnly(name, shapes), config)
    except Enough:
        return found
    except SaeFormatError as error:
        return {**found, "problem": str(error)}
    return found


def _sizes(shapes: Shapes) -> dict[str, int | None]:
    matrices = [shape for shape in shapes.values() if len(shape) == 2]
    if not matrices:
        return {"d_in": None, "num_latents": None}
    width = next((shapes[name][0] for name in OUTPUT_BIASES if len(shapes.get(name, ())) == 1), None)
    d_in = width if width in matrices[0] else min(matrices[0])
    return {"d_in": d_in, "num_latents": prod(matrices[0]) // d_in if d_in else None}


def _k(config: Mapping[str, Any]) -> int | None:
    inner = [config, config.get("trainer"), config.get("activation_fn_kwargs")]
    found = [part["k"] for part in inner if isinstance(part, Mapping) and isinstance(part.get("k"), int)]
    return found[0] if found else None
