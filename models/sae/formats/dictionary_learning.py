"""dictionary_learning: `config.json` (`trainer.dict_class`, `k`) + `ae.pt`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from models.sae.choices import Choice, Gate, Threshold, TopK
from models.sae.config import Activation
from models.sae.formats.assemble import COMMON, Tensors, assemble, unit_decoder
from models.sae.formats.fields import whole
from models.sae.formats.format import Format, Json
from models.sae.formats.weights_file import Shapes, Weights
from models.sae.inputs import Inputs
from models.sae.sae import Sae
from studio.domain.errors import SaeFormatError

Read = Callable[[Weights, Json], tuple[tuple[Tensor, ...], Choice, Inputs, Activation]]


def recognises(shapes: Shapes, config: Json, container: str) -> bool:
    """Whether the tensors are those of one of its classes."""
    return _class_of(shapes, config, container) is not None


def _class_of(shapes: Shapes, config: Json, container: str) -> str | None:
    """The class, by names and shapes; its config settles what another family shares."""
    names, own = set(shapes), isinstance(config.get("trainer"), dict)
    if names >= {"encoder.weight", "decoder.weight"}:
        if names >= {"r_mag", "gate_bias", "mag_bias", "decoder_bias"}:
            return "GatedAutoEncoder"
        if names >= {"encoder.bias", "b_dec"}:
            return "BatchTopKSAE" if _said(config) == "BatchTopKSAE" else "AutoEncoderTopK"
        if names >= {"encoder.bias", "bias"}:
            return "AutoEncoder"
        return "AutoEncoderNew" if own and names >= {"encoder.bias", "decoder.bias"} else None
    if names >= {*COMMON, "threshold"} and container == "torch":
        return "MatryoshkaBatchTopKSAE" if shapes["threshold"] == () else "JumpReluAutoEncoder"
    return None


def _said(config: Json) -> str:
    trainer = config.get("trainer")
    return str(trainer.get("dict_class", "")) if isinstance(trainer, dict) else ""


def read(file: Weights, config: Json) -> Sae:
    """What the class computes at inference, in float32. An interrupted run is read, too: its biases and
    threshold are brought back from the normalised space, as at the end of a run. Raises `SaeFormatError`."""
    kind = _class_of(file.shapes, config, file.container)
    readers: dict[str, Read] = {
        "GatedAutoEncoder": _gated,
        "AutoEncoder": _plain,
        "AutoEncoderNew": _new,
        "MatryoshkaBatchTopKSAE": _matryoshka,
        "JumpReluAutoEncoder": _jumprelu,
        "BatchTopKSAE": _batch_top_k,
        "AutoEncoderTopK": _top_k,
    }
    if kind not in readers:
        raise SaeFormatError(f"{file.path} holds no dictionary of dictionary_learning's that is known.")
    weights, choice, inputs, name = readers[kind](file, config)
    factor = _norm_factor(config)
    if factor != 1.0:
        weights, choice = _scaled(weights, choice, factor)
    return assemble(weights, choice, inputs, name)


def _norm_factor(config: Json) -> float:
    """The norm by which an interrupted run divided its activations; 1 for a run that ended."""
    value: Any = config.get("norm_factor") if "step" in config else None
    if value is None:
        return 1.0
    if isinstance(value, torch.Tensor) and value.numel() == 1:
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
        raise SaeFormatError(f"The checkpoint's norm_factor is {value!r}; a number above 0 is needed.")
    return float(value)


def _scaled(weights: tuple[Tensor, ...], choice: Choice, factor: float) -> tuple[tuple[Tensor, ...], Choice]:
    encoder, bias, decoder, b_dec = weights
    if isinstance(choice, Gate):
        choice = Gate(choice.b_gate * factor, choice.r_mag, choice.b_mag * factor)
    elif isinstance(choice, Threshold) and choice.threshold is not None:
        at = choice.threshold
        choice = Threshold(torch.where(at >= 0, at * factor, at))
    return (encoder, bias * factor, decoder, b_dec * factor), choice


def _linear(file: Weights, b_dec: str, *more: str) -> tuple[Tensors, tuple[Tensor, ...]]:
    t = Tensors(
        file, ("encoder.weight", "encoder.bias", "decoder.weight", b_dec, *more), b_dec, "encoder.bias"
    )
    rows = t.rows("encoder.weight", "nd"), t.rows("decoder.weight", "dn")
    return t, (rows[0], t.vector("encoder.bias", t.n), rows[1], t.vector(b_dec, t.d))


def _top_k(file: Weights, config: Json) -> Any:
    return _linear(file, "b_dec")[1], TopK(_k(config)), Inputs(), "topk"


def _batch_top_k(file: Weights, config: Json) -> Any:
    tensors, weights = _linear(file, "b_dec", "threshold")
    return weights, Threshold(torch.tensor([tensors.number("threshold")])), Inputs(), "jumprelu"


def _plain(file: Weights, config: Json) -> Any:
    """Its loader brings the decoder to unit norm, unless it is so already."""
    _, weights = _linear(file, "bias")
    norms = weights[2].norm(dim=1)
    if not torch.allclose(norms, torch.ones_like(norms)):
        weights = (*unit_decoder(*weights[:3]), weights[3])
    return weights, Threshold(), Inputs(), "relu"


def _new(file: Weights, config: Json) -> Any:
    return _linear(file, "decoder.bias")[1], Threshold(), Inputs(subtract_bias=False), "relu"


def _gated(file: Weights, config: Json) -> Any:
    gates = ("gate_bias", "r_mag", "mag_bias")
    t = Tensors(file, ("encoder.weight", "decoder.weight", "decoder_bias", *gates), "decoder_bias", gates[0])
    gate = Gate(*(t.vector(name, t.n) for name in gates))
    rows = t.rows("encoder.weight", "nd"), t.rows("decoder.weight", "dn")
    return (rows[0], gate.b_gate, rows[1], t.vector("decoder_bias", t.d)), gate, Inputs(), "gated"


def _upright(file: Weights) -> tuple[Tensors, tuple[Tensor, ...]]:
    t = Tensors(file, (*COMMON, "threshold"), "b_dec", "b_enc")
    rows = t.rows("W_enc", "dn"), t.rows("W_dec", "nd")
    return t, (rows[0], t.vector("b_enc", t.n), rows[1], t.vector("b_dec", t.d))


def _matryoshka(file: Weights, config: Json) -> Any:
    tensors, weights = _upright(file)
    return weights, Threshold(torch.tensor([tensors.number("threshold")])), Inputs(), "jumprelu"


def _jumprelu(file: Weights, config: Json) -> Any:
    tensors, weights = _upright(file)
    at = Threshold(tensors.vector("threshold", tensors.n))
    return weights, at, Inputs(subtract_bias=False), "jumprelu"


def _k(config: Json) -> int:
    """k from the config; older files keep it in the checkpoint only."""
    trainer = config.get("trainer")
    if isinstance(trainer, dict) and "k" in trainer:
        return whole(trainer, "k")
    inner: Any = config.get("k")
    return inner if isinstance(inner, int) and not isinstance(inner, bool) else whole(config, "k")


FORMAT = Format("dictionary_learning", recognises, read)
