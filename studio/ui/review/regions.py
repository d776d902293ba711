"""Firing regions on a picture: strength per pixel, and the three ways to show it. NumPy only."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from studio.domain.evidence import ActivationMap, StoredSample

Pixels = NDArray[np.uint8]
Strength = NDArray[np.float32]

#: Opacity of the heat at the weakest and at the strongest activation.
FAINT, STRONG = 0.16, 0.56


class Regions(StrEnum):
    """How firing regions are shown."""

    MASK = "mask"
    HEAT = "heat"
    OUTLINE = "outline"


def strength_map(
    sample: StoredSample, activations: ActivationMap, peak: float, width: int, height: int
) -> Strength:
    """Activation over `peak` at each pixel of a `width` x `height` picture: float32 [height, width], 0..1.

    Each firing image token fills its box; where boxes overlap (base view and tiles) the strongest counts.
    Tokens that the sample has no box for, or that are of another picture, are left out.
    """
    strength = np.zeros((height, width), np.float32)
    shown = sample.shown_tokens
    known = (activations.image_index >= shown.start) & (activations.image_index < shown.stop)
    index, value = activations.image_index[known], activations.image_value[known]
    if not len(index) or sample.width <= 0 or sample.height <= 0:
        return strength
    scale = np.array([width / sample.width, height / sample.height] * 2)
    boxes = np.rint(sample.boxes[index] * scale)
    boxes = np.clip(boxes, 0, [width, height, width, height]).astype(np.int64)
    levels = np.clip(value / max(peak, 1e-12), 0, 1)
    for (x0, y0, x1, y1), level in zip(boxes.tolist(), levels.tolist(), strict=True):
        part = strength[y0 : max(y1, y0 + 1), x0 : max(x1, x0 + 1)]
        np.maximum(part, level, out=part)
    return strength


def show_regions(
    pixels: Pixels, strength: Strength, how: Regions, color: tuple[int, int, int], line: int = 2
) -> Pixels:
    """`pixels` uint8 [h, w, 3] with the firing region shown; `color` is red, green, blue; `line` pixels."""
    if how is Regions.MASK:
        return np.where((strength > 0)[..., None], pixels, 0).astype(np.uint8)
    if how is Regions.OUTLINE:
        return _outlined(pixels, strength > 0, color, line)
    share = np.where(strength > 0, FAINT + (STRONG - FAINT) * strength, 0)[..., None]
    return (pixels * (1 - share) + np.array(color, np.float32) * share + 0.5).astype(np.uint8)


def contour(firing: NDArray[np.bool_], line: int) -> NDArray[np.bool_]:
    """The rim of a region, `line` pixels wide, inside it; the picture's edge counts as outside."""
    inner = np.pad(firing, line)
    for axis in (0, 1):
        shrunk = inner.copy()
        for shift in (*range(-line, 0), *range(1, line + 1)):
            shrunk &= np.roll(inner, shift, axis)
        inner = shrunk
    return firing & ~inner[line:-line, line:-line]


def _outlined(pixels: Pixels, firing: NDArray[np.bool_], color: tuple[int, int, int], line: int) -> Pixels:
    """A line in `color` with a thin dark one inside it, so that it shows on any picture."""
    shown = pixels.copy()
    dark = contour(firing, line + 1)
    shown[dark] = shown[dark] // 3
    shown[contour(firing, line)] = color
    return shown
