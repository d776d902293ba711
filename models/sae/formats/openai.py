"""OpenAI's sparse_autoencoder: one `.pt`, no config."""

from __future__ import annotations

from typing import Any

from models.sae.choices import Choice, Threshold, TopK
from models.sae.formats.assemble import Tensors, assemble
from models.sae.formats.fields import whole
from models.sae.formats.format import Format, Json
from models.sae.formats.weights_file import Shapes, Weights
from models.sae.inputs import Inputs
from models.sae.sae import Sae
from studio.domain.errors import SaeFormatError

NAMES = ("pre_bias", "latent_bias", "encoder.weight")
#: Where the decoder lies; a tied one is the encoder's own matrix, or not in the file at all.
DECODERS = ("decoder.weight", "decoder.linear.weight")


def recognises(shapes: Shapes, config: Json, container: str) -> bool:
    """Whether the file has its two biases and the encoder."""
    return set(shapes) >= set(NAMES)


def read(file: Weights, config: Json) -> Sae:
    """Layer norm on the input and top-k where the checkpoint says TopK (its loader ties the two together),
    else ReLU; always x - pre_bias. Raises `SaeFormatError`."""
    decoder = next((name for name in DECODERS if name in file.shapes), "encoder.weight")
    t = Tensors(file, {*NAMES, decoder}, "pre_bias", "latent_bias")
    rows = t.rows("encoder.weight", "nd")
    other = t.rows(decoder, "dn") if decoder == "decoder.weight" else t.rows(decoder, "nd")
    weights = rows, t.vector("latent_bias", t.n), other, t.vector("pre_bias", t.d)
    choice = _choice(config)
    norm = "layer_norm" if isinstance(choice, TopK) else "none"
    return assemble(weights, choice, Inputs(normalise=norm), "topk" if norm == "layer_norm" else "relu")


def _choice(config: Json) -> Choice:
    kind, state = config.get("activation", "ReLU"), config.get("activation_state_dict")
    if kind == "ReLU":
        return Threshold()
    if kind != "TopK" or not isinstance(state, dict):
        raise SaeFormatError(f"The SAE's activation is {kind!r}; TopK and ReLU are known.")
    after: Any = state.get("postact_fn", "ReLU")
    if after not in ("ReLU", "Identity"):
        raise SaeFormatError(f"The SAE's top-k is followed by {after!r}; ReLU and Identity are known.")
    return TopK(whole(state, "k"), relu=after == "ReLU")


FORMAT = Format("openai", recognises, read)
