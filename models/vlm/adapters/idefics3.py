"""Idefics3 and SmolVLM: tiles row by row, then the whole picture; each stretched to whole tiles.

Follows `Idefics3ImageProcessorPil`: the longest edge is brought to a size, then each side up
to a whole number of tiles. A picture that is one tile, or is not split, has the whole view alone.
"""

from __future__ import annotations

import math
from typing import Any

from torch import nn
from transformers.models.idefics3.image_processing_pil_idefics3 import (
    MAX_IMAGE_SIZE,
    _resize_output_size_rescale_to_max_len,
    _resize_output_size_scale_below_upper_bound,
)

from models.vlm.adapters.base import Family
from models.vlm.adapters.cells import even_boxes, laid_out, tile_boxes
from models.vlm.tokens import ImageLayout


class Idefics3(Family):
    """Adapter of `Idefics3ForConditionalGeneration` and `SmolVLMForConditionalGeneration`."""

    nested = True

    def __init__(self, name: str, model_type: str) -> None:
        self.name, self.model_type = name, model_type

    def layers(self, model: Any) -> nn.ModuleList:
        return model.model.text_model.layers

    def layout(self, model: Any, processor: Any, height: int, width: int) -> ImageLayout:
        side = math.isqrt(processor.image_seq_len)
        whole = even_boxes(side, side, height, width)
        tiles = tile_count(processor.image_processor, height, width)
        if tiles == (1, 1):
            return laid_out((whole, 0))
        return laid_out((tile_boxes(tiles, (side, side), height, width), 1), (whole, 0))


def tile_count(images: Any, height: int, width: int) -> tuple[int, int]:
    """Rows and columns of tiles of a picture of `height` x `width` pixels."""
    if not images.do_image_splitting:
        return 1, 1
    if images.do_resize:
        height, width = _resize_output_size_rescale_to_max_len(
            height, width, max_len=images.size["longest_edge"]
        )
        height, width = _resize_output_size_scale_below_upper_bound(height, width, max_len=MAX_IMAGE_SIZE)
    tile, ratio = images.max_image_size["longest_edge"], width / height
    if width >= height:
        columns = math.ceil(width / tile)
        return math.ceil(int(columns * tile / ratio) / tile), columns
    rows = math.ceil(height / tile)
    return rows, math.ceil(int(rows * tile * ratio) / tile)
