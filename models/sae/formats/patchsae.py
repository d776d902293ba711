"""PatchSAE: one `.pt` {cfg or config, state_dict}."""

from __future__ import annotations

from models.sae.formats.format import Format, Json
from models.sae.formats.vision import has_tensors, read_vision
from models.sae.formats.weights_file import Shapes, Weights
from models.sae.sae import Sae


def recognises(shapes: Shapes, config: Json, container: str) -> bool:
    """Whether a torch file has W_enc (d, n) ... and brings its own config."""
    return has_tensors(shapes) and container == "torch" and _own(config) is not None


def _own(config: Json) -> Json | None:
    return next((config[name] for name in ("cfg", "config") if isinstance(config.get(name), dict)), None)


def read(file: Weights, config: Json) -> Sae:
    """x - b_dec, ReLU. Raises `SaeFormatError`."""
    return read_vision(file, _own(config) or {}, "none")


FORMAT = Format("patchsae", recognises, read)
