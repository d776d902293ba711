"""Weights in 4 or 8 bits (bitsandbytes), and weights spread over several devices (accelerate)."""

from __future__ import annotations

import logging
from importlib.util import find_spec
from typing import Any

import torch

from studio.domain.errors import ModelError
from studio.domain.specs import QUANTIZED

#: Where bitsandbytes can compute.
PLACES = ("cpu", "cuda", "xpu")
#: Rows that bitsandbytes packs together for the CPU.
BLOCK_ROWS = 32


def can_quantize() -> bool:
    """Whether weights can be loaded in 4 or 8 bits here."""
    return find_spec("bitsandbytes") is not None and find_spec("accelerate") is not None


def can_spread() -> bool:
    """Whether weights can be spread over devices here."""
    return find_spec("accelerate") is not None


def quantized(kind: str, device: torch.device, dtype: torch.dtype) -> dict[str, Any]:
    """Options of `from_pretrained` that load linear layers in 4 bits (NF4) or 8 bits (LLM.int8) onto
    `device` and compute in `dtype`; none for "". Raises `ModelError` where that cannot be."""
    if not kind:
        return {}
    if kind not in QUANTIZED:
        raise ModelError(f"Weights are quantized as {' or '.join(QUANTIZED)}, not {kind!r}.")
    if device.type not in PLACES:
        raise ModelError(f"Weights in {kind} run on {', '.join(PLACES)}, not on {device}.")
    if not can_quantize():
        raise ModelError(
            f"Weights in {kind} need the packages bitsandbytes and accelerate. Install them with "
            "`pip install concept-studio[quantize]`, or go without."
        )
    from transformers import BitsAndBytesConfig

    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)  # it tells of every cast in every layer
    config = BitsAndBytesConfig(
        load_in_4bit=kind == "4bit", load_in_8bit=kind == "8bit",
        bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=dtype,
    )  # fmt: skip
    return {"quantization_config": config, "device_map": {"": device}}


def unpacked(model: Any) -> Any:
    """`model`, whose 4-bit layers of odd sizes are not packed for the CPU's bfloat16 units: bitsandbytes
    packs whole blocks alone, and fails on others in the first forward pass."""
    for module in model.modules():
        state = getattr(getattr(module, "weight", None), "quant_state", None)
        if state is not None and (state.shape[0] % BLOCK_ROWS or state.shape[1] % state.blocksize):
            module.support_avx512bf16_for_cpu = False
    return model


def spread(device_map: str) -> dict[str, Any]:
    """Options of `from_pretrained` that fill the GPUs first and put the rest into main memory ("auto"); none
    for "". Raises `ModelError` where that cannot be."""
    if not device_map:
        return {}
    if device_map != "auto":
        raise ModelError(f"Weights are spread over devices by auto, not {device_map!r}.")
    if not can_spread():
        raise ModelError(
            "Spreading weights over devices needs the package accelerate. Install it with "
            "`pip install concept-studio[quantize]`, or choose one --device."
        )
    return {"device_map": "auto"}
