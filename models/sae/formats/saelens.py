"""SAELens: `cfg.json` + `sae_weights.safetensors`, W_enc (d, n) and W_dec (n, d)."""

from __future__ import annotations

import torch
from torch import Tensor

from models.sae.choices import Choice, Gate, Threshold, TopK
from models.sae.config import Activation
from models.sae.formats.assemble import Tensors, assemble, unit_decoder
from models.sae.formats.fields import flag
from models.sae.formats.format import Format, Json
from models.sae.formats.saelens_config import (
    architecture,
    average_scale,
    normalise,
    refuse_transcoders,
    top_k,
)
from models.sae.formats.saelens_write import write
from models.sae.formats.weights_file import Shapes, Weights
from models.sae.inputs import Inputs
from models.sae.sae import Sae
from studio.domain.errors import SaeFormatError

BASE = ("W_enc", "W_dec", "b_dec")
GATES = ("b_gate", "r_mag", "b_mag")
#: architecture -> further tensors it needs.
KINDS = {
    "standard": ("b_enc",),
    "topk": ("b_enc",),
    "abstopk": ("b_enc",),
    "jumprelu": ("b_enc", "threshold"),
    "batchtopk": ("b_enc", "topk_threshold"),
    "matryoshka_batchtopk": ("b_enc", "topk_threshold"),
    "gated": GATES,
}


def recognises(shapes: Shapes, config: Json, container: str) -> bool:
    """Whether the file has SAELens's tensors, and a config that speaks of them."""
    known = set(BASE) <= set(shapes) and ("b_enc" in shapes or set(GATES) <= set(shapes))
    return known and container == "safetensors" and bool({"architecture", "d_sae", "d_in"} & set(config))


def read(file: Weights, config: Json) -> Sae:
    """What SAELens 6 would compute from these files, in float32. Raises `SaeFormatError`."""
    refuse_transcoders(config)
    kind = architecture(config)
    if kind not in KINDS:
        raise SaeFormatError(
            f"This is a SAELens SAE of the architecture {kind!r}; known are {', '.join(KINDS)}."
        )
    extra = ("scaling_factor",) if "scaling_factor" in file.shapes else ()
    bias = "b_gate" if kind == "gated" else "b_enc"
    tensors = Tensors(file, (*BASE, *KINDS[kind], *extra), "b_dec", bias)
    weights = _weights(tensors, bias, bool(extra), config)
    subtract = flag({"v": config.get("apply_b_dec_to_input", True)}, "v")
    inputs = Inputs(subtract, normalise(config), average_scale(config))
    return assemble(weights, _choice(kind, tensors, config), inputs, _name(kind))


def _weights(tensors: Tensors, bias: str, finetuned: bool, config: Json) -> tuple[Tensor, ...]:
    encoder, decoder = tensors.rows("W_enc", "dn"), tensors.rows("W_dec", "nd")
    b_enc, b_dec = tensors.vector(bias, tensors.n), tensors.vector("b_dec", tensors.d)
    if finetuned and flag(config, "finetuning_scaling_factor"):
        decoder = decoder * tensors.vector("scaling_factor", tensors.n)[:, None]
    if flag(config, "rescale_acts_by_decoder_norm"):
        encoder, b_enc, decoder = unit_decoder(encoder, b_enc, decoder)
    return encoder, b_enc, decoder, b_dec


def _choice(kind: str, tensors: Tensors, config: Json) -> Choice:
    if kind in ("topk", "abstopk"):
        return TopK(top_k(config), signed=kind == "abstopk")
    if kind == "jumprelu":
        return Threshold(tensors.vector("threshold", tensors.n))
    if kind == "gated":
        return Gate(*(tensors.vector(name, tensors.n) for name in GATES))
    if kind == "standard":
        return Threshold()
    return Threshold(torch.tensor([tensors.number("topk_threshold")]))


def _name(kind: str) -> Activation:
    return {"standard": "relu", "topk": "topk", "abstopk": "topk", "gated": "gated"}.get(kind, "jumprelu")


FORMAT = Format("saelens", recognises, read, write)
