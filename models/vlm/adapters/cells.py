"""Cells of a patch grid, taken back through resizing, cropping and padding. Shared by the adapters."""

from __future__ import annotations

import math

import numpy as np

from models.vlm.tokens import ImageLayout


def axis_cells(count: int, patch: int, resized: int, side: int, source: float) -> np.ndarray:
    """float64 [count, 2]: start and end of each cell along one axis, in pixels of the source.

    `source` pixels were resized to `resized`, of which the middle `side` were kept and cut into `patch`es.
    """
    starts = np.arange(count) * patch + (resized - side) // 2
    return np.stack([starts, starts + patch], axis=1) * (source / resized)


def grid_boxes(rows: np.ndarray, columns: np.ndarray, height: int, width: int) -> np.ndarray:
    """float32 [rows * columns, 4]: x0, y0, x1, y1 in raster order, cut off at the picture's edge."""
    y0, x0 = np.meshgrid(rows[:, 0], columns[:, 0], indexing="ij")
    y1, x1 = np.meshgrid(rows[:, 1], columns[:, 1], indexing="ij")
    boxes = np.stack([x0, y0, x1, y1], axis=-1).reshape(-1, 4)
    return np.clip(boxes, 0, [width, height, width, height]).astype(np.float32)


def resized_inside(size: tuple[int, int], canvas: tuple[int, int]) -> tuple[int, int]:
    """Height and width of a picture of `size` fitted into `canvas` (`get_patch_output_size`)."""
    (height, width), (tall, wide) = size, canvas
    scale_w, scale_h = wide / width, tall / height
    if scale_w < scale_h:
        return min(math.ceil(height * scale_w), tall), wide
    return tall, min(math.ceil(width * scale_h), wide)


def even_boxes(rows: int, columns: int, height: int, width: int) -> np.ndarray:
    """float32 [rows * columns, 4]: a picture of `height` x `width` pixels, cut evenly, in raster order."""
    return part_boxes(rows, columns, (0.0, 0.0, width, height), height, width)


def part_boxes(
    rows: int, columns: int, part: tuple[float, float, float, float], height: int, width: int
) -> np.ndarray:
    """float32 [rows * columns, 4]: the `part` (x0, y0, x1, y1) of a picture, cut evenly, in raster order."""
    x0, y0, x1, y1 = part
    across, down = np.linspace(x0, x1, columns + 1), np.linspace(y0, y1, rows + 1)
    cells = np.stack([down[:-1], down[1:]], axis=1), np.stack([across[:-1], across[1:]], axis=1)
    return grid_boxes(*cells, height, width)


def tile_boxes(tiles: tuple[int, int], grid: tuple[int, int], height: int, width: int) -> np.ndarray:
    """float32 [tiles * grid, 4]: a picture stretched over `tiles` (rows, columns) of `grid` cells each; the
    tiles in raster order, and the cells of each tile in raster order."""
    (rows, columns), (tall, wide) = tiles, (height / tiles[0], width / tiles[1])
    parts = [
        (c * wide, r * tall, (c + 1) * wide, (r + 1) * tall) for r in range(rows) for c in range(columns)
    ]
    return np.concatenate([part_boxes(*grid, part, height, width) for part in parts])


def laid_out(*views: tuple[np.ndarray, int]) -> ImageLayout:
    """A layout of boxes float32 [n, 4] with the number of their view each. Boxes without area (newlines,
    class tokens, padding) have no pixels."""
    boxes = np.concatenate([b for b, _ in views]).astype(np.float32)
    kinds = np.concatenate([np.full(len(b), kind, np.uint8) for b, kind in views])
    return ImageLayout(boxes, kinds, (boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1]))


def no_boxes(count: int) -> np.ndarray:
    """float32 [count, 4]: tokens that stand for no pixels."""
    return np.zeros((count, 4), np.float32)
