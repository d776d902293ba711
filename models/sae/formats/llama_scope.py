"""Llama Scope: `hyperparams.json` + `checkpoints/final.safetensors`."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from models.sae.choices import Threshold
from models.sae.formats.assemble import Tensors, assemble
from models.sae.formats.fields import flag
from models.sae.formats.format import Format, Json
from models.sae.formats.weights_file import Shapes, Weights
from models.sae.inputs import Inputs
from models.sae.sae import Sae
from studio.domain.errors import SaeFormatError

NAMES = ("encoder.weight", "encoder.bias", "decoder.weight", "decoder.bias")


def recognises(shapes: Shapes, config: Json, container: str) -> bool:
    """Whether these are two linear layers with biases, whose config has a threshold and average norms."""
    return set(shapes) >= set(NAMES) and "dataset_average_activation_norm" in config


def read(file: Weights, config: Json) -> Sae:
    """One threshold in the space scaled by sqrt(d) / `dataset_average_activation_norm.in`; where the config
    says so it is compared with h ||W_dec,j||. Raises `SaeFormatError`."""
    ends = config.get("hook_point_in"), config.get("hook_point_out")
    if all(ends) and ends[0] != ends[1]:
        raise SaeFormatError(
            f"These weights are a transcoder from {ends[0]} to {ends[1]}: its latents do not reconstruct "
            "this layer. Choose an SAE."
        )
    t = Tensors(file, NAMES, "decoder.bias", "encoder.bias")
    encoder, decoder = t.rows("encoder.weight", "nd"), t.rows("decoder.weight", "dn")
    weights = encoder, t.vector("encoder.bias", t.n), decoder, t.vector("decoder.bias", t.d)
    inputs = Inputs(flag(config, "apply_decoder_bias_to_pre_encoder"), scale=t.d**0.5 / _norm(config))
    return assemble(weights, Threshold(_threshold(config, decoder)), inputs, "jumprelu")


def _norm(config: Json) -> float:
    norms: Any = config.get("dataset_average_activation_norm")
    return _number(norms.get("in") if isinstance(norms, dict) else norms, "dataset_average_activation_norm")


def _threshold(config: Json, decoder: Tensor) -> Tensor:
    at = torch.tensor([_number(config.get("jump_relu_threshold"), "jump_relu_threshold")])
    return at / decoder.norm(dim=1) if flag(config, "sparsity_include_decoder_norm") else at


def _number(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
        raise SaeFormatError(f'The SAE\'s config says "{name}": {value!r}; a number above 0 is needed.')
    return float(value)


FORMAT = Format("llama_scope", recognises, read)
