"""What a model and an SAE will take, from their configurations and headers: no weights are loaded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import psutil
import torch
from PIL import Image
from transformers import AutoModelForImageTextToText

from models.device import device_of
from models.quantize import can_quantize, can_spread
from models.sae.folder import open_folder
from models.sae.formats.format import Format
from models.sae.hardware import has_bf16_units
from models.sae.hub import size_of
from models.sae.load import local_root, named_file
from models.vlm.adapters import Adapter
from models.vlm.adapters.towers import Tower
from models.vlm.capture import check_layer
from models.vlm.first_layers import cut
from models.vlm.loading import adapter_of, config_of, dtype_of, first_line, kind_of
from models.vlm.reading import load_reading
from models.vlm.source import locate
from studio.domain.errors import ModelError
from studio.domain.memory import Machine
from studio.domain.sample import ImageSource, Sample, Turn
from studio.domain.specs import ModelSpec, SaeSpec

#: The picture and the words that stand for a sample.
TYPICAL = (640, 480), "How many cats are there in the picture, and what do they do? " * 6
#: Numbers alive at once for one token: the stream and its norm, queries, keys, values and their mixture; and
#: the feed-forward layer's gate, its other half and their product.
STREAMS, INNER = 6, 3


def machine() -> Machine:
    """What is free now. A container's own limit counts where there is one."""
    gpus = {f"cuda:{i}": torch.cuda.mem_get_info(i)[0] for i in range(torch.cuda.device_count())}
    main = min(psutil.virtual_memory().available, _left_in_container())
    return Machine(main, gpus, can_quantize(), can_spread())


def _left_in_container(folder: Path = Path("/sys/fs/cgroup")) -> int | float:
    try:
        most, used = ((folder / name).read_text().strip() for name in ("memory.max", "memory.current"))
        return max(0, int(most) - int(used))
    except (OSError, ValueError):  # no container, or one without a limit ("max")
        return float("inf")


def place_of(spec: ModelSpec) -> tuple[str, str]:
    """The device and number format that `load_vlm` would take. Raises `ModelError`."""
    device = device_of(spec.device)
    return str(device), str(dtype_of(spec.dtype, device)).removeprefix("torch.")


@dataclass(frozen=True, slots=True)
class ModelNeeds:
    """`parameters` up to the layer, `linear` of which can be quantized; `alive` numbers for one typical
    sample at the widest point of a layer; `width` of the stream."""

    parameters: int
    linear: int
    alive: int
    width: int


def model_needs(spec: ModelSpec, layer: int, adapters: Mapping[str, Adapter] | None = None) -> ModelNeeds:
    """What the model takes with its first layers up to `layer`, as `load_vlm` loads it.

    The network is built without memory (PyTorch's meta device). Raises `ModelError`, `LayerError`,
    `NetworkError`.
    """
    source = locate(spec.model, spec.revision)
    adapter = adapter_of(spec.model, config_of(source), adapters)
    reading = load_reading(spec, adapters)
    images, words = [Image.new("RGB", TYPICAL[0])], TYPICAL[1]
    sample = Sample("typical", (ImageSource(data=b""),), (Turn("user", words),))
    tokens = reading.prompt(sample, images).size
    cut(reading.model.config, layer, kind_of(adapter))
    network = _without_memory(spec.model, adapter, reading.model.config)
    check_layer(layer, len(adapter.layers(network)), kind_of(adapter))
    text = network.config.get_text_config()
    parameters = sum(p.numel() for p in network.parameters())
    return ModelNeeds(parameters, _linear(network), tokens * _alive(text), text.hidden_size)


def _linear(network: Any) -> int:
    """Weights of linear layers, but for the head's: it is never quantized."""
    head = getattr(network, "lm_head", None)
    found = (m for m in network.modules() if isinstance(m, torch.nn.Linear) and m is not head)
    return sum(module.weight.numel() for module in found)


def _without_memory(name: str, adapter: Adapter, config: Any) -> Any:
    try:
        with torch.device("meta"):
            if isinstance(adapter, Tower):
                return adapter.network()._from_config(getattr(config, "vision_config", config))
            return AutoModelForImageTextToText.from_config(config)
    except Exception as error:  # whatever a class raises over a configuration that is not its own
        raise ModelError(f"The configuration of {name} cannot be used: {first_line(error)}") from error


def _alive(config: Any) -> int:
    inner = getattr(config, "intermediate_size", None) or 4 * config.hidden_size
    return STREAMS * config.hidden_size + INNER * inner


def sae_numbers(spec: SaeSpec, formats: Sequence[Format] | None = None) -> int:
    """How many numbers an SAE has, by its file's header; on the Hub by its size. Raises as `load_sae`."""
    if (root := local_root(spec.source)) is None:
        return size_of(spec.source, spec.hookpoint, spec.revision) // 4
    found = open_folder(root, spec.hookpoint or named_file(spec.source), formats)
    return sum(prod(shape) for shape in found.weights.shapes.values())


def encoder_copies(device: str) -> float:
    """What share of its float32 weights an SAE takes beside them: a bfloat16 copy of its encoder, where that
    screens."""
    return 0.25 if has_bf16_units(device_of(device)) else 0.0
