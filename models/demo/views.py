"""A picture as the demo's LLaVA-NeXT processor sees it, and which object each patch shows.

The processor itself is exact but slow; this is the same arithmetic for the training pool (a test
compares them).
"""

from __future__ import annotations

import numpy as np
from PIL import Image

SIDE = 64  # pixels of one view
PATCH = 8
GRID = SIDE // PATCH
PINPOINTS = ((64, 64), (64, 128), (128, 64))  # (height, width)
SHOWS, UNSURE = 0.15, 0.02  # share of a patch that an object must cover to own it; below UNSURE it is ground


def canvas_of(height: int, width: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """The pinpoint (h, w) chosen for a picture, and the picture's size (h, w) inside it."""
    if height == width:
        return (SIDE, SIDE), (SIDE, SIDE)
    canvas = (SIDE, 2 * SIDE) if width > height else (2 * SIDE, SIDE)
    scale = min(canvas[0] / height, canvas[1] / width)
    return canvas, (min(round(height * scale), canvas[0]), min(round(width * scale), canvas[1]))


def views_of(pixels: np.ndarray) -> np.ndarray:
    """uint8 [views, 64, 64, 3]: the base view, then for wide and tall pictures the two tiles.

    A square picture has one tile, equal to its base view; it is not repeated here.
    """
    picture = Image.fromarray(pixels)
    base = np.asarray(picture.resize((SIDE, SIDE), Image.Resampling.BICUBIC))
    canvas, size = canvas_of(*pixels.shape[:2])
    if canvas == (SIDE, SIDE):
        return base[None]
    inner = np.asarray(picture.resize((size[1], size[0]), Image.Resampling.BICUBIC))
    return np.concatenate([base[None], split(padded(inner, canvas))])


def padded(inner: np.ndarray, canvas: tuple[int, int]) -> np.ndarray:
    """`inner` in the middle of a black canvas (h, w)."""
    y, x = (canvas[0] - inner.shape[0]) // 2, (canvas[1] - inner.shape[1]) // 2
    out = np.zeros((*canvas, *inner.shape[2:]), inner.dtype)
    out[y : y + inner.shape[0], x : x + inner.shape[1]] = inner
    return out


def split(canvas: np.ndarray) -> np.ndarray:
    """The two square tiles of a canvas of two squares."""
    return np.stack(np.split(canvas, 2, axis=int(canvas.shape[1] > canvas.shape[0])))


def coverage(mask: np.ndarray, rows: int, columns: int, count: int) -> np.ndarray:
    """float [rows, columns, count]: the share of each cell that object 1 ... count covers."""
    shares = [
        np.asarray(
            Image.fromarray((mask == value).astype(np.float32)).resize((columns, rows), Image.Resampling.BOX)
        )
        for value in range(1, count + 1)
    ]
    return np.stack(shares, axis=-1)


def owners(shares: np.ndarray) -> np.ndarray:
    """int8 [...]: the object that owns a cell (from 1), 0 for ground, -1 where it is not clear."""
    best = shares.max(-1)
    owner = np.where(best >= SHOWS, shares.argmax(-1) + 1, -1)
    return np.where(best < UNSURE, 0, owner).astype(np.int8)


def patch_owners(mask: np.ndarray, count: int) -> np.ndarray:
    """int8 [views, 64]: the owner of every patch of every view of `views_of`, in raster order."""
    base = owners(coverage(mask, GRID, GRID, count)).reshape(1, -1)
    canvas, size = canvas_of(*mask.shape)
    if canvas == (SIDE, SIDE):
        return base
    inner = owners(coverage(mask, size[0] // PATCH, size[1] // PATCH, count))
    tiles = split(padded(inner, (canvas[0] // PATCH, canvas[1] // PATCH)))
    return np.concatenate([base, tiles.reshape(2, -1)])
