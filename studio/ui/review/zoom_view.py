"""One example picture as large as there is room: wheel and + zoom, dragging and arrows move."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from studio.domain.evidence import ExampleKind
from studio.domain.modality import Modality
from studio.ui.review.kept_keys import keeps_key
from studio.ui.review.pan_zoom import PanZoom
from studio.ui.review.picture_store import PictureStore
from studio.ui.review.plain import full_text
from studio.ui.review.regions import Regions
from studio.ui.review.shot import Shot, caption_value, sample_name
from studio.ui.review.tile import TileKey, TileOrder, fitted
from studio.ui.theme import ThemeKeeper, number_font, text_font

MARGIN, FOOT = 16, 76
PAN_STEP = 48.0
#: An arrow looks that way: the picture goes the other.
PANS = {
    Qt.Key.Key_Left: (1, 0),
    Qt.Key.Key_Right: (-1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}


class ZoomView(QWidget):
    """Covers the evidence while it is open. `moved` carries the place of the example in front."""

    moved = Signal(int)
    closed = Signal()

    def __init__(self, store: PictureStore, themes: ThemeKeeper, parent: QWidget) -> None:
        super().__init__(parent)
        self._store, self._themes = store, themes
        self._shots: list[Shot] = []
        self.place = 0
        self.how: Regions = Regions.HEAT
        self._view = PanZoom()
        self.hint = "Esc closes"
        self._playing = False
        self._grabbed: QPoint | None = None
        self._before: QWidget | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.setAccessibleName("Example picture, enlarged")
        store.arrived.connect(lambda _key: self.update())
        themes.changed.connect(self.update)
        self.hide()

    def open(self, shots: list[Shot], place: int) -> None:
        """Show the example at `place`, whole."""
        if shots:
            self._shots = shots
            if not self.isVisible():
                self._before = QApplication.focusWidget()
            self.setGeometry(self.parentWidget().rect())
            self.show()
            self.raise_()
            self.setFocus()
            self.go(place)

    def go(self, place: int) -> None:
        """Show another example, whole."""
        self.place = max(0, min(place, len(self._shots) - 1))
        self._view.whole()
        self._fit()
        for near in (self.place, self.place + 1):
            if near < len(self._shots):
                self._store.prepare([self._order(self._shots[near])])
        sample = self._shots[self.place].sample
        which = f", {sample.shown_as}" if sample.several else ""
        self.setAccessibleDescription(f"{self.place + 1} of {len(self._shots)}, sample {sample.id}{which}")
        self.moved.emit(self.place)
        self.update()

    def step(self) -> None:
        """The next example; after the last one the view closes."""
        if self.place + 1 < len(self._shots):
            self.go(self.place + 1)
        else:
            self.leave()

    def set_playing(self, playing: bool) -> None:
        """Say whether the next example comes by itself."""
        self._playing = playing
        self.update()

    def leave(self) -> None:
        """Close the view."""
        if self.isVisible():
            if self.hasFocus():
                self._give_focus_back()
            self.hide()
            self.closed.emit()

    def _give_focus_back(self) -> None:
        """Else it would go to the next button, and Space would press that instead of playing."""
        before = self._before
        usable = before is not None and isValid(before) and before.isVisible()
        (before if usable else self.parentWidget()).setFocus()

    def set_how(self, how: Regions) -> None:
        """Show firing regions another way."""
        self.how = how
        self.update()

    def drawn(self, shot: Shot) -> QImage | None:
        """An example in its own size with its regions; None where that is still being made."""
        return self._store.tile(self._order(shot))

    def room(self) -> QRect:
        """Where the picture may be."""
        return self.rect().adjusted(MARGIN, MARGIN, -MARGIN, -FOOT)

    @property
    def scale(self) -> float:
        """How much larger than whole the picture is."""
        return self._view.scale

    def picture_rect(self) -> QRectF:
        """Where the picture is now, part of which may be outside the room."""
        return self._view.rect()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme = self._themes.theme
        painter.fillRect(self.rect(), theme.color("canvas"))
        if not self._shots:
            return
        shot = self._shots[self.place]
        tile = self._store.tile(self._order(shot))
        if tile is not None:
            painter.setClipRect(self.room())
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(self.picture_rect(), tile)
            painter.setClipping(False)
        elif shot.sample.picture in self._store.missing:
            painter.setPen(theme.color("muted"))
            painter.drawText(self.room(), Qt.AlignmentFlag.AlignCenter, "This picture cannot be read.")
        self._foot(painter, shot)

    def wheelEvent(self, event: QWheelEvent) -> None:
        factor = 1.0015 ** event.angleDelta().y()
        self.zoom(factor, event.position())
        event.accept()

    def zoom(self, factor: float, at: QPointF) -> None:
        """Enlarge by `factor`; what is under `at` stays there. Never smaller than whole."""
        self._view.zoom(factor, at)
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._grabbed = event.position().toPoint()
        self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grabbed is not None:
            self._pan(QPointF(event.position().toPoint() - self._grabbed))
            self._grabbed = event.position().toPoint()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._grabbed = None
        self.setCursor(Qt.CursorShape.OpenHandCursor)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.leave()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        elif event.key() in PANS and self.scale > 1:
            self._pan(QPointF(*PANS[Qt.Key(event.key())]) * PAN_STEP)
        elif event.key() in steps:
            self.go(self.place + steps[Qt.Key(event.key())])
        elif event.key() in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            factor = 0.8 if event.key() == Qt.Key.Key_Minus else 1.25
            self.zoom(factor, QRectF(self.room()).center())
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        # Enlarged, the arrows move the picture and not the list.
        if self.scale > 1 and keeps_key(event, PANS):
            event.accept()
            return True
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._view.whole()
        self._fit()

    def _pan(self, by: QPointF) -> None:
        self._view.move(by)
        self.update()

    def _fit(self) -> None:
        if self._shots:
            room = self.room()
            size = fitted(self._shots[self.place].sample, max(room.width(), 1), max(room.height(), 1))
            self._view.fit(QRectF(room), QSizeF(*size))

    def _order(self, shot: Shot) -> TileOrder:
        """The picture in its own size, so that zooming shows what there is."""
        sample = shot.sample
        width, height = fitted(sample, min(max(sample.width, 512), 2048), min(max(sample.height, 512), 2048))
        color: QColor = self._themes.theme.modality(Modality.VISUAL)
        how = None if shot.example.kind is ExampleKind.SILENT else self.how
        rgb = (color.red(), color.green(), color.blue())
        return TileOrder(
            TileKey(shot.neuron, sample.id, how, width, height, rgb), sample, shot.example.map, shot.peak
        )

    def _foot(self, painter: QPainter, shot: Shot) -> None:
        theme, flags = self._themes.theme, Qt.AlignmentFlag
        foot = self.rect().adjusted(MARGIN, self.height() - FOOT + 8, -MARGIN, -8)
        painter.setFont(number_font())
        painter.setPen(theme.color("text"))
        head = QRect(foot.left(), foot.top(), foot.width(), 18)
        which = f"   {shot.sample.shown_as}" if shot.sample.several else ""
        left = f"{sample_name(shot.sample.id)}{which}   {caption_value(shot.example)}"
        painter.drawText(head, int(flags.AlignLeft), left)
        painter.setPen(theme.color("muted"))
        right = f"{'▸ ' * self._playing}{self.place + 1} / {len(self._shots)}   {self.hint}"
        painter.drawText(head, int(flags.AlignRight), right)
        painter.setFont(text_font())
        words = foot.adjusted(0, 20, 0, 0)
        text = " · ".join(full_text(shot.sample.turns).split("\n"))
        painter.drawText(words, int(flags.AlignTop | flags.AlignLeft | Qt.TextFlag.TextWordWrap), text)
