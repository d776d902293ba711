"""Load a vision-language model (or a vision tower) from a folder or the Hub, or say in a sentence why not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import torch
from transformers import AutoConfig, AutoImageProcessor, AutoModelForImageTextToText

from models.device import device_of, moved
from models.quantize import quantized, spread, unpacked
from models.vlm.adapters import Adapter, built_in_adapters
from models.vlm.adapters.towers import Tower
from models.vlm.first_layers import cut, without_head
from models.vlm.model import Vlm
from models.vlm.processors import load_processor
from models.vlm.source import Source, check_weights, locate
from models.vlm.tower import VisionTower
from studio.domain.errors import ModelError, UserError
from studio.domain.specs import ModelSpec


def load_vlm(spec: ModelSpec, adapters: Mapping[str, Adapter] | None = None, layer: int | None = None) -> Vlm:
    """Load the model and its processor, ready to run (evaluation mode, no gradients).

    `adapters` are the families that are known, by model_type, None for the built-in ones. With a `layer`,
    those above it are not loaded, and the model answers no questions. Code that a repository brings along is
    never run. Raises `ModelError` (unknown, unreadable, of no supported family, incomplete), `LayerError` and
    `NetworkError`.
    """
    source = locate(spec.model, spec.revision)
    adapter = adapter_of(spec.model, config_of(source), adapters)
    kind, network = VisionTower if isinstance(adapter, Tower) else Vlm, network_of(adapter)
    options, count = placing(spec), None
    if layer is not None:
        options["config"] = model_config(spec.model, source, adapter)
        count = cut(options["config"], layer, kind_of(adapter))
    device = device_of(spec.device)
    loaded = weights_of(spec, source, dtype_of(spec.dtype, device), network, **options)
    placed = loaded if "device_map" in options else moved(loaded, device, spec.model)
    model = placed.eval().requires_grad_(False)
    if layer is not None and len(adapter.layers(model)) != layer + 1:
        return load_vlm(spec, adapters)  # a family whose layers are not those of its configuration
    processor = processor_of(spec, source, adapter)
    made = model if count is None else without_head(model)
    return kind(made, processor, adapter, spec.model, source.revision, count)


def placing(spec: ModelSpec) -> dict[str, Any]:
    """Options of `from_pretrained`: in which form and where weights are. Raises `ModelError`."""
    device = device_of(spec.device)
    return {**quantized(spec.quantize, device, dtype_of(spec.dtype, device)), **spread(spec.device_map)}


def network_of(adapter: Adapter) -> Any:
    """The class that loads a family."""
    return adapter.network() if isinstance(adapter, Tower) else AutoModelForImageTextToText


def kind_of(adapter: Adapter) -> str:
    """What its layers are called: "decoder" or "vision"."""
    return "decoder" if adapter.reads_text else "vision"


def model_config(name: str, source: Source, adapter: Adapter) -> Any:
    """The configuration as the network's class takes it. Raises `ModelError`."""
    reader = adapter.network().config_class if isinstance(adapter, Tower) else AutoConfig
    try:
        return reader.from_pretrained(source.name, revision=source.revision, trust_remote_code=False)
    except Exception as error:
        raise ModelError(f"The configuration of {name} cannot be read: {first_line(error)}") from error


def config_of(source: Source) -> dict[str, Any]:
    """config.json of a model. Raises `ModelError`."""
    try:
        config = json.loads(source.config.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{source.config} cannot be read as a model's configuration: {error}") from error
    if not isinstance(config, dict):
        raise ModelError(f"{source.config} is not a model's configuration.")
    return config


def adapter_of(name: str, config: dict[str, Any], known: Mapping[str, Adapter] | None = None) -> Adapter:
    """The adapter of the family that config.json names. Raises `ModelError`."""
    adapters, kind = built_in_adapters() if known is None else known, config.get("model_type")
    if kind in adapters:
        return adapters[kind]
    supported = ", ".join(f"{a.name} ({t})" for t, a in sorted(adapters.items()))
    if "auto_map" in config:
        raise ModelError(
            f"{name} needs program code from its own repository to run (trust_remote_code), which Concept "
            f"Studio never runs. Supported families: {supported}."
        )
    raise ModelError(f"{name} is of the type {kind or 'unknown'}. Supported families: {supported}.")


def dtype_of(name: str, device: torch.device) -> torch.dtype:
    """The number format; `auto` is bfloat16 on a GPU and float32 on the CPU."""
    if name == "auto":
        return torch.float32 if device.type == "cpu" else torch.bfloat16
    known = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}
    if name not in known:
        raise ModelError(f"The number format {name} is unknown. Use auto, {', '.join(known)}.")
    return known[name]


def weights_of(
    spec: ModelSpec,
    source: Source,
    dtype: torch.dtype,
    network: Any = AutoModelForImageTextToText,
    **options: Any,
) -> Any:
    """The network of that class, complete. `options` go to `from_pretrained`.

    Raises `ModelError` and `NetworkError`.
    """
    check_weights(spec.model, source)
    try:
        model, found = network.from_pretrained(
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
    return unpacked(model)


def processor_of(spec: ModelSpec, source: Source, adapter: Adapter) -> Any:
    """The processor: of a tower that of pictures, else one with a fast tokenizer and a chat template.

    Raises `ModelError`.
    """
    try:
        if isinstance(adapter, Tower):
            return AutoImageProcessor.from_pretrained(
                source.name, revision=source.revision, trust_remote_code=False
            )
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
