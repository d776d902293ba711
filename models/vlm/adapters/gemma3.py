"""Gemma 3: the picture stretched to a square and pooled to 16 x 16 tokens; optionally crops after it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from models.vlm.adapters.base import Family
from models.vlm.adapters.cells import even_boxes, laid_out, part_boxes
from models.vlm.tokens import ImageLayout

PAN_AND_SCAN = (
    "do_pan_and_scan",
    "pan_and_scan_min_crop_size",
    "pan_and_scan_max_num_crops",
    "pan_and_scan_min_ratio_to_activate",
)


class Gemma3(Family):
    """Adapter of `Gemma3ForConditionalGeneration`. The whole picture is view 0, the crops are view 1."""

    name = "Gemma 3"
    model_type = "gemma3"
    nested = True

    def layout(self, model: Any, processor: Any, height: int, width: int) -> ImageLayout:
        side = math.isqrt(processor.image_seq_length)
        parts = [part_boxes(side, side, crop, height, width) for crop in crops(processor, height, width)]
        whole = even_boxes(side, side, height, width)
        return laid_out((whole, 0), *((part, 1) for part in parts))


def crops(processor: Any, height: int, width: int) -> list[tuple[float, float, float, float]]:
    """The pan-and-scan crops x0, y0, x1, y1 in pixels, by the image processor's own rule.

    The processor's settings hold, not the image processor's: transformers 5 lets them win.
    """
    images = processor.image_processor
    do, *rule = (processor.images_kwargs[name] for name in PAN_AND_SCAN)
    if not do:
        return []
    y, x = np.mgrid[:height, :width].astype(np.int32)
    cut = images.pan_and_scan(np.stack([x, y]), *rule)
    return [(int(c[0].min()), int(c[1].min()), int(c[0].max()) + 1, int(c[1].max()) + 1) for c in cut]
