"""One adapter per family of vision-language models."""

from __future__ import annotations

from models.vlm.adapters.base import Adapter
from models.vlm.adapters.llava import Llava
from models.vlm.adapters.llava_next import LlavaNext


def built_in_adapters() -> dict[str, Adapter]:
    """The adapters by the `model_type` of the configurations they read."""
    adapters: tuple[Adapter, ...] = (
        Llava(),
        LlavaNext(),
    )
    return {adapter.model_type: adapter for adapter in adapters}


__all__ = ["Adapter", "built_in_adapters"]
