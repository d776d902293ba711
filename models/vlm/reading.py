"""How a model reads samples, from its configuration and processor alone: no weights are loaded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PIL.Image import Image

from models.vlm.adapters import Adapter
from models.vlm.loading import adapter_of, config_of, model_config, processor_of
from models.vlm.preparing import Prompt, prompt
from models.vlm.source import locate
from studio.domain.sample import Sample
from studio.domain.specs import ModelSpec


@dataclass(frozen=True, slots=True)
class Configured:
    """Stands where adapters take a model: of a model without weights they may ask the configuration."""

    config: Any


@dataclass(frozen=True, slots=True)
class Reading:
    """`Vlm.prompt` without the network."""

    model: Configured
    processor: Any
    adapter: Adapter

    def prompt(self, sample: Sample, images: Sequence[Image]) -> Prompt:
        """One sample in the model's words, with the layout of its pictures. Raises `DataError`."""
        return prompt(self.model, self.processor, self.adapter, sample, images)


def load_reading(spec: ModelSpec, adapters: Mapping[str, Adapter] | None = None) -> Reading:
    """The processor and configuration of a model. `adapters`, and what is raised, are as in `load_vlm`."""
    source = locate(spec.model, spec.revision)
    adapter = adapter_of(spec.model, config_of(source), adapters)
    config = model_config(spec.model, source, adapter)
    return Reading(Configured(config), processor_of(spec, source, adapter), adapter)
