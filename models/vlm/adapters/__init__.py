"""One adapter per family of vision-language models."""

from __future__ import annotations

from models.vlm.adapters.base import Adapter
from models.vlm.adapters.llava_next import LlavaNext


def built_in_adapters() -> dict[str, Adapter]:
    """The adapters by the `model_type` of the configurations they read."""
    return {adapter.model_type: adapter for adapter in (LlavaNext(),)}


__all__ = ["Adapter", "built_in_adapters"]
