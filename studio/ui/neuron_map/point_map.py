"""The map itself: drag to move, wheel to zoom, lasso to choose; all of it by keys as well."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from studio.ui.neuron_map.raster import Points, Window, around, inside, nearest, raster, towards
from studio.ui.theme import ThemeKeeper

Key = Qt.Key
ARROWS = {Key.Key_Left: (-1, 0), Key.Key_Right: (1, 0), Key.Key_Up: (0, -1), Key.Key_Down: (0, 1)}
NEAR = 12.0
ZOOM, CLOSEST = 1.25, 400.0
#: What stays of the colour of points outside of a choice.
DIM = 0.25


class PointMap(QWidget):
    """Points with a number each. `pointed` (point or None): under the mouse or walked to. `opened` (point).
    `chosen` (places of the points in the lasso, int64): replaces the choice of before."""

    pointed = Signal(object)
    opened = Signal(int)
    chosen = Signal(object)

    def __init__(self, themes: ThemeKeeper, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self.points: Points = np.zeros((0, 2), np.float32)
        self._colors: NDArray[np.uint32] = np.zeros(0, np.uint32)
        self.window_now = Window(0, 0, 1, 1, 1)
        self._whole = self.window_now
        self._image: QImage | None = None
        self.front: int | None = None
        self.choice: NDArray[np.int64] = np.zeros(0, np.int64)
        self.lasso_on = False
        self._lasso: list[QPointF] | None = None
        self._dragged: QPoint | None = None
        self._moved = False
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Map of the neurons")
        self.setMinimumSize(240, 200)
        themes.changed.connect(self._redraw)

    def show_points(self, points: Points, colors: NDArray[np.uint32]) -> None:
        """Show other points: float32 [m, 2], and a colour 0xffRRGGBB for each, uint32 [m]."""
        self.points, self._colors = points, colors
        self.front, self.choice = None, np.zeros(0, np.int64)
        self.show_all()

    def recolor(self, colors: NDArray[np.uint32]) -> None:
        """The same points in other colours."""
        self._colors = colors
        self._redraw()

    def show_all(self) -> None:
        """All points in sight."""
        self._whole = around(self.points, self.width(), self.height())
        self._set_window(self._whole)

    def zoom(self, factor: float, at: QPointF | None = None) -> None:
        """Closer (above 1) or farther, about a pixel or else the point in front."""
        if at is None and self.front is not None:
            x, y = self._pixels()[self.front].tolist()
            at = QPointF(x, y)
        at = at or QPointF(self.width() / 2, self.height() / 2)
        scale = self.window_now.scale * factor
        scale = min(max(scale, self._whole.scale / 2), self._whole.scale * CLOSEST)
        self._set_window(self.window_now.zoomed(scale / self.window_now.scale, at.x(), at.y()))

    def put_in_front(self, point: int | None) -> None:
        """Mark a point; the plane moves where it is out of sight."""
        self.front = point
        if point is not None:
            x, y = self._pixels()[point].tolist()
            if not self.rect().adjusted(20, 20, -20, -20).contains(round(x), round(y)):
                self._set_window(self.window_now.moved(self.width() / 2 - x, self.height() / 2 - y))
        self.update()

    def choose(self, places: NDArray[np.int64]) -> None:
        """Choose these points; none ends the choice."""
        self.choice = places
        self._redraw()
        self.chosen.emit(places)

    def choose_in_sight(self) -> None:
        """Choose what is in sight."""
        at = self._pixels()
        seen = (at >= 0).all(1) & (at[:, 0] < self.width()) & (at[:, 1] < self.height())
        self.choose(np.flatnonzero(seen))

    def place_of(self, point: int) -> QPointF:
        """Where a point stands in the widget."""
        x, y = self._pixels()[point].tolist()
        return QPointF(x, y)

    def _pixels(self) -> Points:
        return self.window_now.to_pixels(self.points)

    def _set_window(self, window: Window) -> None:
        self.window_now = window
        self._redraw()

    def _redraw(self, *_: object) -> None:
        self._image = None
        self.update()

    def _draw(self) -> QImage:
        ground = self._themes.theme.color("canvas").rgb() & 0xFFFFFFFF
        colors, points = self._colors, self.points
        if len(self.choice):
            bright = np.zeros(len(points), bool)
            bright[self.choice] = True
            colors = np.where(bright, colors, mixed(colors, ground, DIM))
            order = np.argsort(bright, kind="stable")
            colors, points = colors[order], points[order]
        ratio = self.devicePixelRatioF()
        pixels = raster(points, colors, self.window_now, ratio, ground)
        height, width = pixels.shape
        image = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGB32).copy()
        image.setDevicePixelRatio(ratio)
        return image

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._image is None:
            self._image = self._draw()
        theme, painter = self._themes.theme, QPainter(self)
        painter.drawImage(0, 0, self._image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._lasso:
            shade = theme.color("accent")
            shade.setAlpha(40)
            painter.setBrush(shade)
            painter.setPen(QPen(theme.color("accent"), 1.5))
            painter.drawPolygon(QPolygonF(self._lasso))
        if self.front is not None:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            for color, width in (("canvas", 5.0), ("text", 2.0)):
                painter.setPen(QPen(theme.color(color), width))
                painter.drawEllipse(self.place_of(self.front), 8, 8)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.color("accent"), 1))
            painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))

    def resizeEvent(self, event: QResizeEvent) -> None:
        was_whole = self.window_now == self._whole
        self._whole = around(self.points, self.width(), self.height())
        now = self.window_now
        kept = Window(now.x, now.y, now.scale, max(self.width(), 1), max(self.height(), 1))
        self._set_window(self._whole if was_whole else kept)

    def wheelEvent(self, event: QWheelEvent) -> None:
        turns = event.angleDelta().y() / 120
        if turns:
            self.zoom(ZOOM**turns, event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        if self.lasso_on or event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._lasso = [event.position()]
        else:
            self._dragged, self._moved = event.position().toPoint(), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        if self._lasso is not None:
            self._lasso.append(at)
            self.update()
        elif self._dragged is not None:
            by = at.toPoint() - self._dragged
            if self._moved or by.manhattanLength() > 4:
                self._moved, self._dragged = True, at.toPoint()
                self._set_window(self.window_now.moved(by.x(), by.y()))
        else:
            self._point_at(at)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._lasso is not None:
            corners, self._lasso = self._lasso, None
            polygon = np.array([[p.x(), p.y()] for p in corners], np.float32)
            self.choose(np.flatnonzero(inside(self._pixels(), polygon)))
        elif self._dragged is not None:
            self._dragged = None
            if not self._moved:
                found = nearest(self._pixels(), event.position().x(), event.position().y(), NEAR)
                if found is not None:
                    self.opened.emit(found)

    def leaveEvent(self, event: QEvent) -> None:
        if self._lasso is None and self._dragged is None and not self.hasFocus():
            self._front(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Key(event.key())
        if key in ARROWS:
            self._walk(*ARROWS[key])
        elif key in (Key.Key_Return, Key.Key_Enter) and self.front is not None:
            self.opened.emit(self.front)
        elif key in (Key.Key_Plus, Key.Key_Equal):
            self.zoom(ZOOM)
        elif key == Key.Key_Minus:
            self.zoom(1 / ZOOM)
        elif key in (Key.Key_0, Key.Key_Home):
            self.show_all()
        elif key == Key.Key_Escape and len(self.choice):
            self.choose(np.zeros(0, np.int64))
        else:
            super().keyPressEvent(event)

    def _walk(self, dx: int, dy: int) -> None:
        if not len(self.points):
            return
        at = self._pixels()
        if self.front is None:
            self._front(nearest(at, self.width() / 2, self.height() / 2, np.inf))
        else:
            found = towards(at, self.front, dx, dy)
            if found is not None:
                self._front(found)

    def _point_at(self, at: QPointF) -> None:
        found = nearest(self._pixels(), at.x(), at.y(), NEAR)
        if found is not None or not self.hasFocus():
            self._front(found)

    def _front(self, point: int | None) -> None:
        if point != self.front:
            self.put_in_front(point)
            self.pointed.emit(point)


def mixed(colors: NDArray[np.uint32], ground: int, share: float) -> NDArray[np.uint32]:
    """Colours 0xffRRGGBB with `share` of themselves and the rest of the ground."""
    made = np.full(colors.shape, 0xFF000000, np.uint32)
    for shift in (0, 8, 16):
        own = (colors >> np.uint32(shift)) & np.uint32(0xFF)
        under = (ground >> shift) & 0xFF
        level = (own * share + under * (1 - share)).astype(np.uint32)
        made |= level << np.uint32(shift)
    return made
