"""Prisma: `config.json` + `weights.pt`."""

from __future__ import annotations

from models.sae.formats.format import Format, Json
from models.sae.formats.vision import has_tensors, read_vision
from models.sae.formats.weights_file import Shapes, Weights
from models.sae.sae import Sae


def recognises(shapes: Shapes, config: Json, container: str) -> bool:
    """Whether a torch file has W_enc (d, n) ... and a config lies beside it."""
    return has_tensors(shapes) and container == "torch"


def read(file: Weights, config: Json) -> Sae:
    """Layer norm unless the config says otherwise; always x - b_dec. Raises `SaeFormatError`."""
    return read_vision(file, config, "layer_norm")


FORMAT = Format("prisma", recognises, read)
