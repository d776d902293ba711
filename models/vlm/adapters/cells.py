"""Cells of a patch grid, taken back through resizing, cropping and padding. Shared by the adapters."""

from __future__ import annotations

import math

import numpy as np


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
