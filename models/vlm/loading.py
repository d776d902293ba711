"""Load a vision-language model from a folder or from the Hub, or say in a sentence why not."""

from __future__ import annotations

import json
from typing import Any

import torch
from transformers import AutoModelForImageTextToText

from models.vlm.adapters import Adapter, built_in_adapters
from models.vlm.model import Vlm
from models.vlm.processors import load_processor
from models.vlm.source import Source, locate
from studio.domain.errors import ModelError, UserError
from studio.domain.specs import ModelSpec


def load_vlm(spec: ModelSpec) -> Vlm:
    """Load the model and its processor, ready to run (evaluation mode, no gradients).

    Code that a repository brings along is never run. Raises `ModelError` (unknown, unreadable, of no
    supported family, incomplete) and `NetworkError`.
    """
    source = locate(spec.model, spec.revision)
    adapter = _adapter(spec.model, config_of(source))
    device = device_of(spec.device)
    model = weights_of(spec, source, dtype_of(spec.dtype, device)).to(device).eval().requires_grad_(False)
    return Vlm(model, _processor(spec, source, adapter), adapter, spec.model, source.revision)


def config_of(source: Source) -> dict[str, Any]:
    """config.json of a model. Raises `ModelError`."""
    try:
        config = json.loads(source.config.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{source.config} cannot be read as a model's configuration: {error}") from error
    if not isinstance(config, dict):
        raise ModelError(f"{source.config} is not a model's configuration.")
    return config


def _adapter(name: str, config: dict[str, Any]) -> Adapter:
    adapters, kind = built_in_adapters(), config.get("model_type")
    if kind in adapters:
        return adapters[kind]
    supported = ", ".join(f"{a.name} ({t})" for t, a in sorted(adapters.items()))
    if "auto_map" in config:
        raise ModelError(
            f"{name} needs program code from its own repository to run (trust_remote_code), which Concept "
            f"Studio never runs. Supported families: {supported}."
        )
    raise ModelError(f"{name} is of the type {kind or 'unknown'}. Supported families: {supported}.")


def device_of(name: str) -> torch.device:
    """The device of that name; `auto` prefers a GPU. Raises `ModelError`."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise ModelError(f"The device {name} cannot be used here. Use auto, cpu or cuda.") from error
    return device


def dtype_of(name: str, device: torch.device) -> torch.dtype:
    """The number format; `auto` is bfloat16 on a GPU and float32 on the CPU."""
    if name == "auto":
        return torch.float32 if device.type == "cpu" else torch.bfloat16
    known = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}
    if name not in known:
        raise ModelError(f"The number format {name} is unknown. Use auto, {', '.join(known)}.")
    return known[name]


def weights_of(spec: ModelSpec, source: Source, dtype: torch.dtype, **options: Any) -> Any:
    """The network, complete. `options` go to `from_pretrained`. Raises `ModelError`."""
    try:
        model, found = AutoModelForImageTextToText.from_pretrained(
            source.name,
            revision=source.revision,
            dtype=dtype,
            trust_remote_code=False,
            output_loading_info=True,
            **options,
        )
    except UserError:
        raise
    except Exception as error:
        raise ModelError(f"The weights of {spec.model} cannot be loaded: {first_line(error)}") from error
    wrong = sorted(found["missing_keys"]) + sorted(key[0] for key in found["mismatched_keys"])
    if wrong:
        raise ModelError(
            f"The weights of {spec.model} are incomplete: {len(wrong)} are missing, as {wrong[0]}."
        )
    return model


def _processor(spec: ModelSpec, source: Source, adapter: Adapter) -> Any:
    try:
        processor = load_processor(source.name, source.revision, adapter.model_type)
    except Exception as error:
        raise ModelError(f"The processor of {spec.model} cannot be loaded: {first_line(error)}") from error
    if not getattr(getattr(processor, "tokenizer", None), "is_fast", False):
        raise ModelError(f"{spec.model} has no fast tokenizer, so its tokens cannot be found in the text.")
    if getattr(processor, "chat_template", None) is None:
        processor.chat_template = adapter.chat_template
    return processor


def first_line(error: Exception) -> str:
    """What a library's error says, short."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]
