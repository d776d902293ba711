"""One adapter per family of vision-language models, and of vision towers alone."""

from __future__ import annotations

from models.vlm.adapters.base import Adapter
from models.vlm.adapters.gemma3 import Gemma3
from models.vlm.adapters.idefics3 import Idefics3
from models.vlm.adapters.internvl import InternVl
from models.vlm.adapters.llava import Llava
from models.vlm.adapters.llava_next import LlavaNext
from models.vlm.adapters.llava_onevision import LlavaOnevision
from models.vlm.adapters.paligemma import PaliGemma
from models.vlm.adapters.qwen_vl import QwenVl
from models.vlm.adapters.towers import vision_towers


def built_in_adapters() -> dict[str, Adapter]:
    """The adapters by the `model_type` of the configurations they read."""
    adapters: tuple[Adapter, ...] = (
        Llava(),
        LlavaNext(),
        QwenVl("Qwen2-VL", "qwen2_vl"),
        QwenVl("Qwen2.5-VL", "qwen2_5_vl"),
        QwenVl("Qwen3-VL", "qwen3_vl"),
        Idefics3("Idefics3", "idefics3"),
        Idefics3("SmolVLM", "smolvlm"),
        LlavaOnevision(),
        PaliGemma(),
        Gemma3(),
        InternVl(),
        *vision_towers(),
    )
    return {adapter.model_type: adapter for adapter in adapters}


__all__ = ["Adapter", "built_in_adapters"]
