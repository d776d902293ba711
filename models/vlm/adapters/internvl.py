"""InternVL: the picture stretched over a grid of square tiles, then (for two or more) the whole picture."""

from __future__ import annotations

import math
from typing import Any

from transformers.models.got_ocr2.image_processing_pil_got_ocr2 import get_optimal_tiled_canvas

from models.vlm.adapters.base import Family
from models.vlm.adapters.cells import even_boxes, laid_out, tile_boxes
from models.vlm.tokens import ImageLayout


class InternVl(Family):
    """Adapter of `InternVLForConditionalGeneration`. Tiles are view 1, the whole picture is view 0."""

    name = "InternVL"
    model_type = "internvl"

    def layout(self, model: Any, processor: Any, height: int, width: int) -> ImageLayout:
        side, images = math.isqrt(processor.image_seq_length), processor.image_processor
        whole = even_boxes(side, side, height, width)
        tile = (images.size["height"], images.size["width"])
        columns, rows = 1, 1
        if processor.images_kwargs["crop_to_patches"] and images.max_patches > 1:
            columns, rows = get_optimal_tiled_canvas(
                (height, width), tile, images.min_patches, images.max_patches
            )
        if rows * columns == 1:
            return laid_out((whole, 0))
        return laid_out((tile_boxes((rows, columns), (side, side), height, width), 1), (whole, 0))
