"""LLaVA-1.5: one view, resized (and cropped in the middle, or padded to a square), in raster order."""

from __future__ import annotations

from typing import Any

from models.vlm.adapters.base import Family
from models.vlm.adapters.cells import laid_out, no_boxes
from models.vlm.adapters.cropped import cropped_boxes
from models.vlm.tokens import ImageLayout


class Llava(Family):
    """Adapter of `LlavaForConditionalGeneration` with any language model and a CLIP or SigLIP tower."""

    name = "LLaVA-1.5"
    model_type = "llava"

    def layout(self, model: Any, processor: Any, height: int, width: int) -> ImageLayout:
        boxes = cropped_boxes(processor.image_processor, processor.patch_size, height, width)
        leading = processor.num_additional_image_tokens - (
            processor.vision_feature_select_strategy == "default"
        )
        return laid_out((no_boxes(max(leading, 0)), 0), (boxes, 0))
