"""Gemma Scope: `params.npz`, or `params.safetensors` in lower case (Gemma Scope 2)."""

from __future__ import annotations

from models.sae.choices import Threshold
from models.sae.formats.assemble import COMMON, Tensors, assemble
from models.sae.formats.format import Format, Json
from models.sae.formats.weights_file import Shapes, Weights
from models.sae.inputs import Inputs
from models.sae.sae import Sae
from studio.domain.errors import SaeFormatError

NAMES = (*COMMON, "threshold")


def recognises(shapes: Shapes, config: Json, container: str) -> bool:
    """Whether the five tensors are there, in capitals (.npz) or lower case."""
    return set(shapes) >= set(NAMES) or set(shapes) >= {name.lower() for name in NAMES}


def read(file: Weights, config: Json) -> Sae:
    """JumpReLU with a threshold for each latent; b_dec is not subtracted. Raises `SaeFormatError`."""
    _refuse_transcoders(file, config)
    w_enc, w_dec, b_enc, b_dec, threshold = (name if name in file.shapes else name.lower() for name in NAMES)
    t = Tensors(file, (w_enc, w_dec, b_enc, b_dec, threshold), b_dec, b_enc)
    weights = t.rows(w_enc, "dn"), t.vector(b_enc, t.n), t.rows(w_dec, "nd"), t.vector(b_dec, t.d)
    at = Threshold(t.vector(threshold, t.n))
    return assemble(weights, at, Inputs(subtract_bias=False), "jumprelu")


def _refuse_transcoders(file: Weights, config: Json) -> None:
    ends = config.get("hf_hook_point_in"), config.get("hf_hook_point_out")
    skip = any("skip" in name for name in file.shapes)
    if skip or "transcoder" in str(config.get("type", "")) or (all(ends) and ends[0] != ends[1]):
        raise SaeFormatError(
            "These weights are a transcoder: it predicts another layer from its input instead of "
            "reconstructing it, so its latents say nothing about this layer. Choose an SAE."
        )


FORMAT = Format("gemma_scope", recognises, read)
