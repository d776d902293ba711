"""The picture under the brush: drag to erase; arrows move the brush, Space erases, plus and minus size it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QRegion
from PySide6.QtWidgets import QWidget

from studio.domain.evidence import StoredSample
from studio.domain.modality import Modality
from studio.services.reactivate import Reactivation
from studio.ui.review.erase_mask import EraseMask
from studio.ui.review.erase_pixels import heat_image, veil
from studio.ui.review.kept_keys import keeps_key
from studio.ui.theme import ThemeKeeper

#: Radius of the brush as a share of the picture's longer side: smallest, usual, largest, and one step.
SMALLEST, USUAL, LARGEST, STEP = 0.01, 0.06, 0.25, 1.3
ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


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
        self._fires: tuple[NDArray[np.float32], float] | None = None
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
        themes.changed.connect(self._draw_heat)

    def show_sample(self, sample: StoredSample) -> None:
        """Another sample, whole; its picture comes with `show_picture`."""
        self._sample, self._picture, self._fires, self._heat = sample, None, None, None
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
        self._fires = None if found is None or not len(found.image) else (found.image, peak)
        self._draw_heat()

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

    def _draw_heat(self) -> None:
        """In the colours of the theme of now."""
        self._heat = None
        if self._fires is not None and self._sample is not None:
            color = self._themes.theme.modality(Modality.VISUAL)
            self._heat = heat_image(self._sample, *self._fires, color)
        self.update()

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
