"""Qwen2-VL, Qwen2.5-VL and Qwen3-VL: both sides rounded to whole cells, one token a cell, in raster order."""

from __future__ import annotations

from typing import Any

from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import smart_resize

from models.vlm.adapters.base import Family
from models.vlm.adapters.cells import even_boxes, laid_out
from models.vlm.tokens import ImageLayout
from studio.domain.errors import DataError


class QwenVl(Family):
    """Adapter of `Qwen2VLForConditionalGeneration` and its successors.

    In Qwen3-VL the first layers' outputs get picture features added (DeepStack) after each of them; the
    hidden states are those of the layer itself, before that.
    """

    def __init__(self, name: str, model_type: str) -> None:
        self.name, self.model_type = name, model_type

    def layout(self, model: Any, processor: Any, height: int, width: int) -> ImageLayout:
        images = processor.image_processor
        cell = images.patch_size * images.merge_size
        least, most = images.size["shortest_edge"], images.size["longest_edge"]
        try:
            tall, wide = smart_resize(height, width, cell, least, most)
        except ValueError as error:
            raise DataError(
                f"A picture of {width} x {height} pixels is too narrow for {self.name}: its sides may differ "
                "by a factor of 200 at most."
            ) from error
        return laid_out((even_boxes(tall // cell, wide // cell, height, width), 0))
