"""The card that follows the point in front of the map."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from studio.ui.overview.card_painter import CardPainter, Look, card_size
from studio.ui.overview.card_store import CardStore
from studio.ui.review.neuron_columns import NeuronColumns
from studio.ui.review.regions import Regions
from studio.ui.theme import ThemeKeeper

WIDTH, AWAY = 188, 16


class HoverCard(QWidget):
    """Beside a point, inside the map; the mouse goes through it."""

    def __init__(self, store: CardStore, painter: CardPainter, themes: ThemeKeeper, parent: QWidget) -> None:
        super().__init__(parent)
        self._store, self._painter, self._themes = store, painter, themes
        self._columns: NeuronColumns | None = None
        self.neuron: int | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.resize(card_size(WIDTH))
        self.hide()
        store.arrived.connect(lambda _neurons: self.update())

    def show_at(self, point: QPointF, neuron: int, columns: NeuronColumns) -> None:
        """Show a neuron beside a point of the parent."""
        self.neuron, self._columns = neuron, columns
        self._store.want([neuron])
        room = self.parentWidget().rect()
        right = round(point.x()) + AWAY
        x = right if right + self.width() <= room.width() else round(point.x()) - AWAY - self.width()
        y = round(point.y()) - self.height() // 2
        self.move(max(x, 0), min(max(y, 0), max(room.height() - self.height(), 0)))
        self.show()
        self.raise_()
        self.update()

    def leave(self) -> None:
        """No point is in front."""
        self.neuron = None
        self.hide()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.neuron is None or self._columns is None:
            return
        look = Look(self._themes.theme, Regions.HEAT, self.devicePixelRatioF())
        rect, card = QRect(self.rect()), self._store.get(self.neuron)
        self._painter.paint(QPainter(self), rect, self.neuron, self._columns, card, look)
