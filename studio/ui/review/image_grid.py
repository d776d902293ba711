"""The grid of example pictures: painted cells, no widget for each."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFontMetrics,
    QHelpEvent,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QToolTip, QWidget

from studio.domain.evidence import ExampleKind
from studio.domain.modality import Modality
from studio.ui.review.grid_shape import CAPTION, GridShape
from studio.ui.review.picture_store import PictureStore
from studio.ui.review.plain import plain_tip
from studio.ui.review.regions import Regions
from studio.ui.review.shot import Shot, caption_value, describe, sample_name
from studio.ui.review.tile import TileKey, TileOrder, fitted
from studio.ui.theme import Theme, ThemeKeeper, number_font, text_font

LEFT, RIGHT = (
    int(side | Qt.AlignmentFlag.AlignVCenter)
    for side in (Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight)
)


class GridInk:
    """Colours and fonts of a theme, looked up once."""

    def __init__(self, theme: Theme) -> None:
        self.card, self.muted, self.text = (theme.color(name) for name in ("card", "muted", "text"))
        self.line, self.mark = QPen(theme.color("line"), 1), QPen(theme.color("accent"), 3)
        heat = theme.modality(Modality.VISUAL)
        self.heat = heat.red(), heat.green(), heat.blue()
        self.words, self.numbers = text_font(12), number_font(11)
        self.metrics = QFontMetrics(self.numbers)


class ImageGrid(QWidget):
    """Cells of equal size, as many in a row as fit. `zoomed` carries the place of an example."""

    zoomed = Signal(int)

    def __init__(self, store: PictureStore, themes: ThemeKeeper, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._store, self._ink = store, GridInk(themes.theme)
        self.shots: list[Shot] = []
        self.how: Regions | None = Regions.HEAT
        self._marked: frozenset[str] = frozenset()
        self._shape = GridShape(self.width())
        self.setMouseTracking(True)
        self.setAccessibleName("Example pictures")
        store.arrived.connect(self._arrived)
        themes.changed.connect(self._theme_changed)

    @property
    def shape(self) -> GridShape:
        """Where the cells are at the width of now."""
        if self._shape.width != self.width():
            self._shape = GridShape(self.width())
        return self._shape

    def show_shots(self, shots: list[Shot]) -> None:
        """Show these examples."""
        self.shots = shots
        self.setAccessibleDescription(f"{len(shots)} pictures")
        self.update()

    def set_how(self, how: Regions) -> None:
        """Show firing regions another way."""
        self.how = how
        self.update()

    def mark(self, samples: frozenset[str]) -> None:
        """Frame the pictures of these samples."""
        self._marked = samples
        self.update()

    def sizeHint(self) -> QSize:
        usual = GridShape(640)
        return QSize(usual.width, usual.height(usual.rows(len(self.shots))))

    def order(self, shot: Shot) -> TileOrder:
        """What the store is asked for to show a shot at the size of now."""
        side = round(self.shape.cell * self.devicePixelRatioF())
        width, height = fitted(shot.sample, side, side)
        how = None if shot.example.kind is ExampleKind.SILENT else self.how
        key = TileKey(shot.neuron, shot.sample.id, how, width, height, self._ink.heat)
        return TileOrder(key, shot.sample, shot.example.map, shot.peak)

    def prepare(self, shots: list[Shot]) -> None:
        """Have the tiles of examples made that will be shown soon."""
        self._store.prepare([self.order(shot) for shot in shots])

    def place_at(self, point: QPoint) -> int | None:
        """The example under a point."""
        place = self.shape.place_at(point)
        return place if place is not None and 0 <= place < len(self.shots) else None

    def rect_of(self, place: int) -> QRect:
        """The picture's square."""
        return self.shape.rect(place)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            place = self.place_at(event.pos())
            if place is None:
                QToolTip.hideText()
            else:
                QToolTip.showText(event.globalPos(), plain_tip(describe(self.shots[place])), self)
            return True
        return super().event(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        place = self.place_at(event.position().toPoint())
        if place is not None:
            self.zoomed.emit(place)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        dirty = event.rect()
        for place, shot in enumerate(self.shots):
            rect = self.shape.rect(place)
            if rect.adjusted(0, 0, 0, CAPTION).intersects(dirty):
                self._picture(painter, rect, shot)
                self._caption(painter, self.shape.caption(place), shot)

    def _picture(self, painter: QPainter, rect: QRect, shot: Shot) -> None:
        tile = self._store.tile(self.order(shot))
        if tile is not None:
            self._tile(painter, rect, tile)
        else:
            painter.fillRect(rect, self._ink.card)
            if shot.sample.picture in self._store.missing:
                self._unreadable(painter, rect)
        painter.setPen(self._ink.mark if shot.sample.id in self._marked else self._ink.line)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)

    def _unreadable(self, painter: QPainter, rect: QRect) -> None:
        painter.setPen(self._ink.muted)
        painter.setFont(self._ink.words)
        words = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
        painter.drawText(rect.adjusted(8, 8, -8, -8), words, "This picture cannot be read.")

    def _tile(self, painter: QPainter, rect: QRect, tile: QImage) -> None:
        ratio = self.devicePixelRatioF()
        size = QSize(round(tile.width() / ratio), round(tile.height() / ratio))
        if size != rect.size():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._ink.card)
            painter.drawRoundedRect(rect, 4, 4)
        inner = QRect(QPoint(0, 0), size)
        inner.moveCenter(rect.center())
        painter.drawImage(inner, tile)

    def _caption(self, painter: QPainter, rect: QRect, shot: Shot) -> None:
        value, metrics = caption_value(shot.example), self._ink.metrics
        room = rect.width() - metrics.horizontalAdvance(value) - 6
        name = metrics.elidedText(sample_name(shot.sample.id), Qt.TextElideMode.ElideLeft, room)
        painter.setFont(self._ink.numbers)
        painter.setPen(self._ink.muted)
        painter.drawText(rect, LEFT, name)
        painter.setPen(self._ink.text)
        painter.drawText(rect, RIGHT, value)

    def _arrived(self, key: TileKey) -> None:
        for place, shot in enumerate(self.shots):
            if shot.sample.id == key.sample_id and shot.neuron == key.neuron:
                self.update(self.shape.rect(place).adjusted(-1, -1, 1, CAPTION))

    def _theme_changed(self, theme: Theme) -> None:
        self._ink = GridInk(theme)
        self.update()
