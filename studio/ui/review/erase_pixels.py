"""What is laid over a picture that is erased from: how erased parts look, and where the neuron fires now."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage

from studio.domain.evidence import ActivationMap, StoredSample
from studio.ui.review.regions import FAINT, STRONG, strength_map

#: Sides of the heat's own grid, which is finer than any model's tokens.
HEAT = 128
BLURRED = 24


def veil(picture: QImage, how: str) -> QImage:
    """The picture as its erased parts look: "blur", "black" or "mean"; like what the model is given."""
    fast, smooth = Qt.TransformationMode.FastTransformation, Qt.TransformationMode.SmoothTransformation
    aspect = Qt.AspectRatioMode.IgnoreAspectRatio
    if how == "blur":
        return picture.scaled(BLURRED, BLURRED, aspect, smooth).scaled(picture.size(), aspect, smooth)
    if how == "mean":
        return picture.scaled(1, 1, aspect, smooth).scaled(picture.size(), aspect, fast)
    black = QImage(picture.size(), QImage.Format.Format_RGB888)
    black.fill(Qt.GlobalColor.black)
    return black


def heat_image(sample: StoredSample, values: NDArray[np.float32], peak: float, color: QColor) -> QImage:
    """The firing regions as a small picture with an alpha channel; `values` float32 [n_image_tokens]."""
    index = np.flatnonzero(values > 0).astype(np.uint32)
    fires = ActivationMap(index, values[index], np.zeros(0, np.uint32), np.zeros(0, np.float32))
    strength = strength_map(sample, fires, peak, HEAT, HEAT)
    pixels = np.zeros((HEAT, HEAT, 4), np.uint8)
    pixels[..., :3] = color.red(), color.green(), color.blue()
    pixels[..., 3] = 255 * np.where(strength > 0, FAINT + (STRONG - FAINT) * strength, 0)
    return QImage(pixels.tobytes(), HEAT, HEAT, 4 * HEAT, QImage.Format.Format_RGBA8888).copy()
