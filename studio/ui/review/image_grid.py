"""The grid of example pictures: painted cells, no widget for each."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QHelpEvent,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QToolTip, QWidget

from studio.domain.evidence import Example, ExampleKind, StoredSample
from studio.domain.modality import Modality
from studio.ui.review.picture_store import PictureStore
from studio.ui.review.plain import full_text, plain_tip
from studio.ui.review.regions import Regions
from studio.ui.review.tile import TileKey, TileOrder, fitted
from studio.ui.theme import ThemeKeeper, number_font, text_font

GAP, CAPTION = 12, 22
#: The smallest cell, by the width of the grid.
SMALLEST = ((640, 100), (1000, 128), (1 << 30, 192))


@dataclass(frozen=True, slots=True)
class Shot:
    """An example whose sample has a picture. `peak` is the neuron's strongest image activation."""

    neuron: int
    example: Example
    sample: StoredSample
    peak: float


class ImageGrid(QWidget):
    """Cells of equal size, as many in a row as fit. `zoomed` carries the place of an example."""

    zoomed = Signal(int)

    def __init__(self, store: PictureStore, themes: ThemeKeeper, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._store, self._themes = store, themes
        self.shots: list[Shot] = []
        self.how: Regions | None = Regions.HEAT
        self._marked: frozenset[str] = frozenset()
        self.setMouseTracking(True)
        self.setAccessibleName("Example pictures")
        store.arrived.connect(self._arrived)
        themes.changed.connect(self.update)

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

    def columns(self, width: int | None = None) -> int:
        """How many cells stand in a row."""
        width = self.width() if width is None else width
        wanted = next(cell for limit, cell in SMALLEST if width < limit)
        return max(2, (width + GAP) // (wanted + GAP))

    def cell(self, width: int | None = None) -> int:
        """The side of a cell in logical pixels."""
        width = self.width() if width is None else width
        columns = self.columns(width)
        return max((width - GAP * (columns - 1)) // columns, 32)

    def height_of(self, rows: int, width: int) -> int:
        """The height that `rows` rows need at a width."""
        return max(rows * (self.cell(width) + CAPTION + GAP) - GAP, 0)

    def rows(self, width: int) -> int:
        """How many rows there are at a width."""
        return -(-len(self.shots) // self.columns(width))

    def sizeHint(self) -> QSize:
        return QSize(640, self.height_of(self.rows(640), 640))

    def order(self, shot: Shot) -> TileOrder:
        """What the store is asked for to show a shot at the size of now."""
        ratio = self.devicePixelRatioF()
        side = round(self.cell() * ratio)
        width, height = fitted(shot.sample, side, side)
        how = None if shot.example.kind is ExampleKind.SILENT else self.how
        color = self._themes.theme.modality(Modality.VISUAL)
        rgb = (color.red(), color.green(), color.blue())
        key = TileKey(shot.neuron, shot.sample.id, how, width, height, rgb)
        return TileOrder(key, shot.sample, shot.example.map, shot.peak)

    def prepare(self, shots: list[Shot]) -> None:
        """Have the tiles of examples made that will be shown soon."""
        self._store.prepare([self.order(shot) for shot in shots])

    def place_at(self, point: QPoint) -> int | None:
        """The example under a point."""
        cell, columns = self.cell(), self.columns()
        column, row = point.x() // (cell + GAP), point.y() // (cell + CAPTION + GAP)
        place = row * columns + column
        inside = column < columns and point.x() % (cell + GAP) < cell
        return place if inside and 0 <= place < len(self.shots) else None

    def rect_of(self, place: int) -> QRect:
        """The picture's square."""
        cell = self.cell()
        row, column = divmod(place, self.columns())
        return QRect(column * (cell + GAP), row * (cell + CAPTION + GAP), cell, cell)

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
        for place, shot in enumerate(self.shots):
            rect = self.rect_of(place)
            if rect.adjusted(0, 0, 0, CAPTION).intersects(event.rect()):
                self._picture(painter, rect, shot)
                self._caption(painter, QRect(rect.left(), rect.bottom() + 2, rect.width(), CAPTION - 4), shot)

    def _picture(self, painter: QPainter, rect: QRect, shot: Shot) -> None:
        theme = self._themes.theme
        tile = self._store.tile(self.order(shot))
        if tile is None:
            painter.fillRect(rect, theme.color("card"))
            if shot.sample.picture in self._store.missing:
                painter.setPen(theme.color("muted"))
                painter.setFont(text_font(12))
                words = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
                painter.drawText(rect.adjusted(8, 8, -8, -8), words, "This picture cannot be read.")
        else:
            self._tile(painter, rect, tile)
        marked = shot.sample.id in self._marked
        painter.setPen(QPen(theme.color("accent" if marked else "line"), 3 if marked else 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)

    def _tile(self, painter: QPainter, rect: QRect, tile: QImage) -> None:
        ratio = self.devicePixelRatioF()
        size = QSize(round(tile.width() / ratio), round(tile.height() / ratio))
        if size != rect.size():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._themes.theme.color("card"))
            painter.drawRoundedRect(rect, 4, 4)
        inner = QRect(QPoint(0, 0), size)
        inner.moveCenter(rect.center())
        painter.drawImage(inner, tile)

    def _caption(self, painter: QPainter, rect: QRect, shot: Shot) -> None:
        theme = self._themes.theme
        value = caption_value(shot.example)
        painter.setFont(number_font(11))
        metrics = QFontMetrics(painter.font())
        room = rect.width() - metrics.horizontalAdvance(value) - 6
        name = metrics.elidedText(sample_name(shot.sample.id), Qt.TextElideMode.ElideLeft, room)
        self._words(painter, rect, name, theme.color("muted"), Qt.AlignmentFlag.AlignLeft)
        self._words(painter, rect, value, theme.color("text"), Qt.AlignmentFlag.AlignRight)

    @staticmethod
    def _words(painter: QPainter, rect: QRect, text: str, color: QColor, side: Qt.AlignmentFlag) -> None:
        painter.setPen(color)
        painter.drawText(rect, int(side | Qt.AlignmentFlag.AlignVCenter), text)

    def _arrived(self, key: TileKey) -> None:
        for place, shot in enumerate(self.shots):
            if shot.sample.id == key.sample_id and shot.neuron == key.neuron:
                self.update(self.rect_of(place).adjusted(-1, -1, 1, CAPTION))


def sample_name(sample_id: str) -> str:
    """The sample's id as a caption; a bare number gets a mark."""
    return f"#{sample_id}" if sample_id.isdigit() else sample_id


def caption_value(example: Example) -> str:
    """The number under an example: what it was ranked by; "–" where it does not fire."""
    return "–" if example.kind is ExampleKind.SILENT else f"{example.score:.2f}"


def describe(shot: Shot) -> str:
    """The tooltip of an example: which, how strongly, and the whole text."""
    example, values = shot.example, shot.example.map.image_value
    lines = [f"Sample {shot.sample.id}"]
    if example.kind is ExampleKind.SILENT:
        lines.append("Does not fire")
    else:
        peak = f"{float(values.max()):.2f}" if len(values) else "–"
        lines.append(f"Ranked by {example.score:.3g}, strongest token {peak}, {len(values)} tokens fire")
    if example.kind is ExampleKind.QUANTILE:
        lines.append(f"Quantile {example.position + 1} of 10")
    return "\n".join([*lines, "", full_text(shot.sample.turns)])
