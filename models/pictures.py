"""Pictures with everything hidden but the regions a neuron fires on. Pillow and NumPy only."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image, ImageFilter

Hiding = Literal["black", "blur", "mean"]

#: Standard deviation of the blur, as a share of the longer side: shapes and small colour patches are gone.
BLUR = 1 / 16


def region_mask(boxes: ArrayLike, width: int, height: int) -> NDArray[np.bool_]:
    """Pixels that any box touches: bool [height, width].

    `boxes` is float [n, 4]: x0, y0, x1, y1 in pixels of this picture, ends excluded. They are rounded outward
    and clipped; a box of no area touches nothing.
    """
    mask = np.zeros((height, width), np.bool_)
    found = np.asarray(boxes, np.float64).reshape(-1, 4)
    # A hair of tolerance: 24.000001 comes from float32 geometry and means 24.
    low = np.floor(found[:, :2] + 1e-3).clip(0, (width, height)).astype(int)
    high = np.ceil(found[:, 2:] - 1e-3).clip(0, (width, height)).astype(int)
    for (x0, y0), (x1, y1) in zip(low.tolist(), high.tolist(), strict=True):
        mask[y0:y1, x0:x1] = True
    return mask


def hidden(image: Image.Image, how: Hiding) -> Image.Image:
    """The whole picture (mode RGB) as it looks where it is hidden: black, blurred, or its mean colour."""
    if how == "black":
        return Image.new("RGB", image.size)
    if how == "mean":
        colour = np.asarray(image).reshape(-1, 3).mean(axis=0).round().astype(int).tolist()
        return Image.new("RGB", image.size, tuple(colour))
    if how == "blur":
        return image.filter(ImageFilter.GaussianBlur(BLUR * max(image.size)))
    raise ValueError(f"Regions are hidden by black, blur or mean, not {how!r}.")


def mask_regions(
    image: Image.Image,
    boxes: ArrayLike,
    keep: ArrayLike,
    how: Hiding = "black",
    veil: Image.Image | None = None,
) -> Image.Image:
    """`image` (mode RGB) with everything hidden outside the boxes that `keep` picks (indices or a bool mask).

    `boxes` is float [n, 4] in pixels of `image`. Kept pixels are bit for bit those of `image`, the others
    those of `hidden(image, how)`; `veil` is that picture where the caller has it already. Nothing kept gives
    a wholly hidden picture, everything kept the picture itself.
    """
    chosen = np.asarray(boxes, np.float64).reshape(-1, 4)[_indices(keep)]
    mask = region_mask(chosen, *image.size)
    if mask.all():
        return image.copy()
    out = (veil or hidden(image, how)).copy()
    if mask.any():
        out.paste(image, (0, 0), Image.fromarray(mask.astype(np.uint8) * 255))
    return out


def _indices(keep: ArrayLike) -> NDArray[np.int64]:
    chosen = np.asarray(keep)
    return np.flatnonzero(chosen) if chosen.dtype == bool else chosen.astype(np.int64)
