"""One example picture with its firing region, ready to be drawn. Runs in any thread."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QImage, QPainter

from studio.domain.evidence import ActivationMap, StoredSample
from studio.ui.review.regions import Pixels, Regions, show_regions, strength_map


@dataclass(frozen=True, slots=True)
class TileKey:
    """What makes two tiles the same: the example, how its region is shown, size in device pixels."""

    neuron: int
    sample_id: str
    how: Regions | None
    width: int
    height: int
    color: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class TileOrder:
    """A tile to be made. `peak` is the activation that is drawn strongest."""

    key: TileKey
    sample: StoredSample
    map: ActivationMap
    peak: float

    @property
    def picture(self) -> int:
        """The row of the picture; -1 for a sample without one."""
        return -1 if self.sample.picture is None else self.sample.picture


def fitted(sample: StoredSample, width: int, height: int) -> tuple[int, int]:
    """The largest size with the picture's proportions inside `width` x `height`, at least 1 x 1."""
    share = min(width / max(sample.width, 1), height / max(sample.height, 1))
    return max(round(sample.width * share), 1), max(round(sample.height * share), 1)


def decode(jpeg: bytes) -> QImage | None:
    """The picture of a JPEG; None when it is damaged."""
    image = QImage.fromData(jpeg, "JPG")
    return None if image.isNull() else image.convertToFormat(QImage.Format.Format_RGB888)


def make_tile(order: TileOrder, picture: QImage) -> QImage:
    """The tile of `order` from the decoded picture."""
    key = order.key
    scaled = picture.scaled(
        key.width,
        key.height,
        Qt.AspectRatioMode.IgnoreAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )
    if key.how is None:
        return rounded(scaled)
    pixels = to_pixels(scaled)
    strength = strength_map(order.sample, order.map, order.peak, key.width, key.height)
    line = max(2, round(max(key.width, key.height) / 100))
    shown = show_regions(pixels, strength, key.how, key.color, line)
    return rounded(to_image(shown))


def rounded(image: QImage) -> QImage:
    """The picture with its corners cut round, so that drawing it is a plain copy."""
    made = QImage(image.size(), QImage.Format.Format_ARGB32_Premultiplied)
    made.fill(Qt.GlobalColor.transparent)
    radius = max(image.width(), image.height()) / 32
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QBrush(image))
    painter.drawRoundedRect(made.rect(), radius, radius)
    painter.end()
    return made


def to_pixels(image: QImage) -> Pixels:
    """A QImage as uint8 [height, width, 3], red first. A view: keep the image while it is in use."""
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3).copy()


def to_image(pixels: Pixels) -> QImage:
    """uint8 [height, width, 3] as a QImage of its own."""
    height, width, _ = pixels.shape
    data = np.ascontiguousarray(pixels)
    return QImage(data.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
