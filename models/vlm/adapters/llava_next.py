"""LLaVA-NeXT: a base view, then tiles stitched and unpadded, one newline token after each row (METHOD 8).

The arithmetic follows transformers 5: `LlavaNextImageProcessor` (resize, pad, divide) and
`LlavaNextModel.pack_image_features` with `unpad_image` (stitch, unpad, newline).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from transformers.image_processing_utils import select_best_resolution

from models.vlm.adapters.base import Family
from models.vlm.adapters.cells import axis_cells, grid_boxes, laid_out, no_boxes, resized_inside
from models.vlm.tokens import ImageLayout


@dataclass(frozen=True, slots=True)
class Views:
    """Sizes in pixels: a picture is squeezed to `squeeze` (h, w) for the base view and cut into `tile`-sized
    tiles; every view is then resized to `squeeze` and cropped in the middle to `side`, the vision tower's
    input, of patches of `patch`. `leading` tokens (class token) open each picture."""

    squeeze: tuple[int, int]
    tile: int
    side: int
    patch: int
    leading: int
    pinpoints: list[list[int]]

    @property
    def grid(self) -> int:
        return self.side // self.patch


class LlavaNext(Family):
    """Adapter of `LlavaNextForConditionalGeneration` with any language model."""

    name = "LLaVA-NeXT"
    model_type = "llava_next"

    def layout(self, model: Any, processor: Any, height: int, width: int) -> ImageLayout:
        views = views_of(processor)
        base, tiles = _base(views, height, width), _tiles(views, height, width)
        return laid_out((no_boxes(views.leading), 0), (base, 0), (tiles, 1))


def views_of(processor: Any) -> Views:
    """Read the sizes from a `LlavaNextProcessor`'s own configuration."""
    images = processor.image_processor
    size, crop = images.size, images.crop_size
    edge = size.get("shortest_edge")
    squeeze = (size["height"], size["width"]) if size.get("height") else (edge, edge)
    tile = crop["height"] if crop and crop.get("height") else squeeze[0]
    side = tile if images.do_center_crop else squeeze[0]
    leading = processor.num_additional_image_tokens - (processor.vision_feature_select_strategy == "default")
    pinpoints = [list(p) for p in images.image_grid_pinpoints]
    return Views(squeeze, tile, side, processor.patch_size, max(leading, 0), pinpoints)


def _base(views: Views, height: int, width: int) -> np.ndarray:
    """float32 [grid * grid, 4]: the base view squeezes the whole picture into one square."""
    rows = axis_cells(views.grid, views.patch, views.squeeze[0], views.side, source=height)
    columns = axis_cells(views.grid, views.patch, views.squeeze[1], views.side, source=width)
    return grid_boxes(rows, columns, height, width)


def _tiles(views: Views, height: int, width: int) -> np.ndarray:
    """float32 [n, 4]: the tile tokens, newlines (without area) included."""
    canvas = select_best_resolution((height, width), views.pinpoints)
    inner = resized_inside((height, width), canvas)
    rows, columns = (_canvas_cells(views, axis, canvas[axis]) for axis in (0, 1))
    skip_rows, skip_columns = unpadding(len(rows), len(columns), height, width)
    rows = rows[skip_rows : len(rows) - skip_rows]
    columns = columns[skip_columns : len(columns) - skip_columns]
    rows = (rows - (canvas[0] - inner[0]) // 2) * (height / inner[0])
    columns = (columns - (canvas[1] - inner[1]) // 2) * (width / inner[1])
    return with_newlines(rows, columns, height, width)


def with_newlines(rows: np.ndarray, columns: np.ndarray, height: int, width: int) -> np.ndarray:
    """float32 [n, 4]: boxes in raster order, with one of no area after each row: its newline token."""
    boxes = grid_boxes(rows, columns, height, width).reshape(len(rows), len(columns), 4)
    return np.concatenate([boxes, np.zeros((len(rows), 1, 4), np.float32)], axis=1).reshape(-1, 4)


def _canvas_cells(views: Views, axis: int, length: int) -> np.ndarray:
    """float64 [cells, 2]: start and end, in canvas pixels, of the cells of all tiles along one axis."""
    cells = axis_cells(views.grid, views.patch, views.squeeze[axis], views.side, source=views.tile)
    tiles = length // views.tile
    return np.concatenate([cells + tile * views.tile for tile in range(tiles)])


def unpadding(rows: int, columns: int, height: int, width: int) -> tuple[int, int]:
    """How many rows and columns of cells `unpad_image` takes off on each side (its arithmetic, kept to the
    letter: its rounding decides the number of tokens)."""
    if width / height > columns / rows:
        kept = int(round(height * (columns / width), 7))
        return (rows - kept) // 2, 0
    kept = int(round(width * (rows / height), 7))
    return 0, (columns - kept) // 2
