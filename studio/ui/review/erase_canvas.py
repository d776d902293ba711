"""The picture under the brush: drag to erase; arrows move the brush, Space erases, plus and minus size it."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QRegion
from PySide6.QtWidgets import QWidget

from studio.domain.evidence import ActivationMap, StoredSample
from studio.domain.modality import Modality
from studio.services.reactivate import Reactivation
from studio.ui.review.erase_mask import EraseMask
from studio.ui.review.regions import FAINT, STRONG, strength_map
from studio.ui.theme import ThemeKeeper

#: Radius of the brush as a share of the picture's longer side: smallest, usual, largest, and one step.
SMALLEST, USUAL, LARGEST, STEP = 0.01, 0.06, 0.25, 1.3
#: Sides of the heat's own grid, which is finer than any model's tokens.
HEAT = 128
BLURRED = 24


class EraseCanvas(QWidget):
    """`erased` tells that more of the picture is gone; `mask` says what. Coordinates are of the original."""

    erased = Signal()
    radius_changed = Signal(float)

    def __init__(self, themes: ThemeKeeper, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._sample: StoredSample | None = None
        self._picture: QImage | None = None
        self._veils: dict[str, QImage] = {}
        self._heat: QImage | None = None
        self.mask = EraseMask(1, 1)
        self.how = "blur"
        self.radius = USUAL
        self._brush = QPointF()
        self._holding = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName("Picture to erase from")
        self.setAccessibleDescription("Arrow keys move the brush, Space erases, plus and minus size it")
        self.setMinimumSize(120, 100)
        themes.changed.connect(self.update)

    def show_sample(self, sample: StoredSample) -> None:
        """Another sample, whole; its picture comes with `show_picture`."""
        self._sample, self._picture, self._heat = sample, None, None
        self._veils.clear()
        self.mask = EraseMask(sample.width, sample.height)
        self._brush = QPointF(sample.width / 2, sample.height / 2)
        self.update()

    def show_picture(self, picture: QImage) -> None:
        """The pixels of the sample."""
        self._picture = picture
        self._veils.clear()
        self.update()

    def show_heat(self, found: Reactivation | None, peak: float) -> None:
        """Where the neuron fires now."""
        self._heat = None
        if found is not None and self._sample is not None and len(found.image):
            index = np.flatnonzero(found.image > 0).astype(np.uint32)
            none = np.zeros(0, np.uint32), np.zeros(0, np.float32)
            fires = ActivationMap(index, found.image[index], *none)
            self._heat = heat_image(self._sample, fires, peak, self._themes)
        self.update()

    def set_how(self, how: str) -> None:
        """Hide what is erased another way."""
        self.how = how
        self.update()

    def set_radius(self, radius: float) -> None:
        """The brush, as a share of the picture's longer side."""
        self.radius = max(SMALLEST, min(radius, LARGEST))
        self.radius_changed.emit(self.radius)
        self.update()

    def erase_at(self, x: float, y: float) -> None:
        """Put the brush on a point of the original and erase there."""
        self._place(QPointF(x, y))
        self._dab()

    def clear(self) -> None:
        """Bring back all of the picture."""
        self.mask.clear()
        self.update()

    def picture_rect(self) -> QRectF:
        """Where the picture is."""
        width, height = self.mask.width, self.mask.height
        scale = min(self.width() / width, self.height() / height)
        rect = QRectF(0, 0, width * scale, height * scale)
        rect.moveCenter(QRectF(self.rect()).center())
        return rect

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        rect = self.picture_rect()
        if self._picture is None:
            painter.fillRect(rect, self._themes.theme.color("card"))
            return
        painter.drawImage(rect, self._picture)
        if self.mask:
            painter.setClipRegion(self._region(rect))
            painter.drawImage(rect, self._veil())
            painter.setClipping(False)
        if self._heat is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
            painter.drawImage(rect, self._heat)
        self._paint_brush(painter, rect)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus()
        self._holding = event.button() == Qt.MouseButton.LeftButton
        self._move_to(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._move_to(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._holding = False

    def event(self, event: QEvent) -> bool:
        # Space and the arrows are the brush's while it has the focus, not the review's.
        if keeps_key(event, (*ARROWS, Qt.Key.Key_Space)):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in ARROWS:
            x, y = ARROWS[Qt.Key(event.key())]
            step = self.radius * max(self.mask.width, self.mask.height)
            self._place(self._brush + QPointF(x * step, y * step))
        elif event.key() == Qt.Key.Key_Space:
            self._dab()
        elif event.key() in (Qt.Key.Key_Plus, Qt.Key.Key_Minus):
            self.set_radius(self.radius * (STEP if event.key() == Qt.Key.Key_Plus else 1 / STEP))
        else:
            super().keyPressEvent(event)

    def _move_to(self, point: QPointF) -> None:
        rect = self.picture_rect()
        scale = rect.width() / self.mask.width
        self._place((point - rect.topLeft()) / scale)
        if self._holding:
            self._dab()

    def _place(self, at: QPointF) -> None:
        self._brush = QPointF(
            max(0.0, min(at.x(), self.mask.width - 1)), max(0.0, min(at.y(), self.mask.height - 1))
        )
        self.update()

    def _dab(self) -> None:
        radius = self.radius * max(self.mask.width, self.mask.height)
        if self._sample is not None and self.mask.dab(self._brush.x(), self._brush.y(), radius):
            self.update()
            self.erased.emit()

    def _region(self, rect: QRectF) -> QRegion:
        scale = rect.width() / self.mask.width
        region = QRegion()
        for x0, y0, x1, y1 in self.mask.boxes():
            box = QRectF(x0 * scale, y0 * scale, (x1 - x0) * scale, (y1 - y0) * scale)
            region += box.translated(rect.topLeft()).toAlignedRect()
        return region

    def _veil(self) -> QImage:
        """What the erased parts look like."""
        if self.how not in self._veils:
            assert self._picture is not None
            self._veils[self.how] = veil(self._picture, self.how)
        return self._veils[self.how]

    def _paint_brush(self, painter: QPainter, rect: QRectF) -> None:
        scale = rect.width() / self.mask.width
        radius = self.radius * max(self.mask.width, self.mask.height) * scale
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        middle = rect.topLeft() + self._brush * scale
        for color, width in (
            (self._themes.theme.color("canvas"), 4),
            (self._themes.theme.color("accent"), 2),
        ):
            painter.setPen(QPen(color, width if self.hasFocus() else width - 1))
            painter.drawEllipse(middle, radius, radius)


ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


def keeps_key(event: QEvent, keys: Collection[int]) -> bool:
    """Whether a widget that handles `keys` is asked to leave one of them to a shortcut of the window."""
    asked = event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent)
    return asked and event.key() in keys and not event.modifiers()  # type: ignore[attr-defined]


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


def heat_image(sample: StoredSample, fires: ActivationMap, peak: float, themes: ThemeKeeper) -> QImage:
    """The firing regions as a small picture with an alpha channel."""
    strength = strength_map(sample, fires, peak, HEAT, HEAT)
    color = themes.theme.modality(Modality.VISUAL)
    pixels = np.zeros((HEAT, HEAT, 4), np.uint8)
    pixels[..., :3] = color.red(), color.green(), color.blue()
    pixels[..., 3] = 255 * np.where(strength > 0, FAINT + (STRONG - FAINT) * strength, 0)
    return QImage(pixels.tobytes(), HEAT, HEAT, 4 * HEAT, QImage.Format.Format_RGBA8888).copy()
