"""One view of a picture: padded to a square or not, resized, cropped in the middle, cut into patches."""

from __future__ import annotations

from typing import Any

import numpy as np

from models.vlm.adapters.cells import axis_cells, grid_boxes


def cropped_boxes(images: Any, patch: int, height: int, width: int) -> np.ndarray:
    """float32 [tokens, 4]: the patches that an image processor makes of a picture
    of `height` x `width` pixels, in raster order, in the order of transformers: pad, resize, crop."""
    canvas = (max(height, width),) * 2 if getattr(images, "do_pad", False) else (height, width)
    resized = resized_size(images.size, *canvas)
    crop = images.crop_size if getattr(images, "do_center_crop", False) else None
    side = (crop["height"], crop["width"]) if crop else resized
    rows, columns = (
        axis_cells(side[axis] // patch, patch, resized[axis], side[axis], canvas[axis])
        - (canvas[axis] - length) // 2
        for axis, length in enumerate((height, width))
    )
    return grid_boxes(rows, columns, height, width)


def resized_size(size: Any, height: int, width: int) -> tuple[int, int]:
    """Height and width that `size` asks for: given both, or given the shortest edge (the other is cut off to
    a whole pixel, as in `get_resize_output_image_size`)."""
    edge = size.get("shortest_edge")
    if not edge:
        return size["height"], size["width"]
    longest = int(edge * max(height, width) / min(height, width))
    return (edge, longest) if height <= width else (longest, edge)
