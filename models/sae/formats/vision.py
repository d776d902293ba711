"""What Prisma's and PatchSAE's checkpoints share: SAELens's old tensors and config keys."""

from __future__ import annotations

from torch import Tensor

from models.sae.choices import Choice, Gate, Threshold, TopK
from models.sae.config import Activation
from models.sae.formats.assemble import Tensors, assemble
from models.sae.formats.format import Json
from models.sae.formats.saelens import GATES
from models.sae.formats.saelens_config import architecture, normalise, refuse_transcoders, top_k
from models.sae.formats.weights_file import Shapes, Weights
from models.sae.inputs import Inputs
from models.sae.sae import Sae
from studio.domain.errors import SaeFormatError

BASE = ("W_enc", "W_dec", "b_dec")


def has_tensors(shapes: Shapes) -> bool:
    """W_enc, W_dec, b_dec, and biases of a plain or a gated encoder."""
    return set(shapes) >= set(BASE) and ("b_enc" in shapes or set(shapes) >= set(GATES))


def read_vision(file: Weights, config: Json, default: str) -> Sae:
    """x - b_dec; `default` normalisation where the config names none. Raises `SaeFormatError`."""
    refuse_transcoders(config)
    kind = architecture(config)
    more = {"standard": (), "topk": (), "gated": GATES, "jumprelu": ("threshold",)}
    if kind not in more:
        raise SaeFormatError(f"The SAE's config says the architecture {kind!r}; known are {', '.join(more)}.")
    bias = "b_gate" if kind == "gated" else "b_enc"
    t = Tensors(file, {*BASE, bias, *more[kind]}, "b_dec", bias)
    weights: tuple[Tensor, ...] = (
        t.rows("W_enc", "dn"),
        t.vector(bias, t.n),
        t.rows("W_dec", "nd"),
        t.vector("b_dec", t.d),
    )
    choice, name = _choice(kind, t, config)
    return assemble(weights, choice, Inputs(normalise=normalise(config, default)), name)


def _choice(kind: str, t: Tensors, config: Json) -> tuple[Choice, Activation]:
    if kind == "topk":
        return TopK(top_k(config)), "topk"
    if kind == "gated":
        return Gate(*(t.vector(name, t.n) for name in GATES)), "gated"
    if kind == "jumprelu":
        return Threshold(t.vector("threshold", t.n)), "jumprelu"
    return Threshold(), "relu"
