"""LLaVA-OneVision: as LLaVA-NeXT, but many tiles are shrunk bilinearly (`anyres_max_9`).

Each picture is handled as a single one, tiles and all, also where a sample has several.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from transformers.image_processing_utils import select_best_resolution

from models.vlm.adapters.base import Family
from models.vlm.adapters.cells import axis_cells, grid_boxes, laid_out, resized_inside
from models.vlm.adapters.llava_next import unpadding, with_newlines
from models.vlm.tokens import ImageLayout

SHRINK_FROM = 1.1  # of `LlavaOnevisionModel.pack_image_features`


class LlavaOnevision(Family):
    """Adapter of `LlavaOnevisionForConditionalGeneration`."""

    name = "LLaVA-OneVision"
    model_type = "llava_onevision"

    def layout(self, model: Any, processor: Any, height: int, width: int) -> ImageLayout:
        images, patch = processor.image_processor, model.config.vision_config.patch_size
        side, grid = images.size["height"], math.isqrt(processor.num_image_tokens)
        base = grid_boxes(*(axis_cells(grid, patch, side, side, n) for n in (height, width)), height, width)
        most = int(processor.vision_aspect_ratio.removeprefix("anyres_max_"))
        canvas = select_best_resolution((height, width), images.image_grid_pinpoints)
        rows, columns = (_tiled(grid, patch, side, length) for length in canvas)
        skip = unpadding(len(rows), len(columns), height, width)
        rows, columns = (c[s : len(c) - s] for c, s in zip((rows, columns), skip, strict=True))
        ratio = math.sqrt(len(rows) * len(columns) / (most * grid**2))
        if ratio > SHRINK_FROM:
            rows, columns = (shrunk(c, int(len(c) // ratio)) for c in (rows, columns))
        inner = resized_inside((height, width), canvas)
        rows = (rows - (canvas[0] - inner[0]) // 2) * (height / inner[0])
        columns = (columns - (canvas[1] - inner[1]) // 2) * (width / inner[1])
        return laid_out((base, 0), (with_newlines(rows, columns, height, width), 1))


def _tiled(grid: int, patch: int, side: int, length: int) -> np.ndarray:
    """float64 [cells, 2]: start and end, in canvas pixels, of the cells of all tiles along one axis."""
    cells = axis_cells(grid, patch, side, side, side)
    return np.concatenate([cells + tile * side for tile in range(length // side)])


def shrunk(cells: np.ndarray, count: int) -> np.ndarray:
    """float64 [count, 2]: the stretches of `cells` that bilinear resizing to `count` cells stands for."""
    ends = np.arange(count + 1) * (len(cells) / count)
    first = np.minimum(np.floor(ends[:-1]).astype(int), len(cells) - 1)
    last = np.clip(np.ceil(ends[1:] - 1e-9).astype(int) - 1, 0, len(cells) - 1)
    size = cells[:, 1] - cells[:, 0]
    starts = cells[first, 0] + (ends[:-1] - first) * size[first]
    return np.stack([starts, cells[last, 0] + (ends[1:] - last) * size[last]], axis=1)
