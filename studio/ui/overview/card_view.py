"""The grid of cards: arrows move, space opens; every other key is the review's."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QPersistentModelIndex, QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from studio.ui.overview.card_model import CardModel
from studio.ui.overview.card_painter import CardPainter, Look, card_size
from studio.ui.overview.card_store import CardStore
from studio.ui.review.regions import Regions
from studio.ui.theme import ThemeKeeper

Key = Qt.Key
MOVES = (Key.Key_Left, Key.Key_Right, Key.Key_Up, Key.Key_Down, Key.Key_PageUp, Key.Key_PageDown,
         Key.Key_Home, Key.Key_End)  # fmt: skip
SMALLEST, USUAL, LARGEST = 132, 188, 320


class CardView(QTableView):
    """`chosen` carries the neuron that was walked to; `opened` the one to look at closely.

    A table, because its rows have one height and are laid out without touching every card.
    """

    chosen = Signal(int)
    opened = Signal(int)

    def __init__(
        self, model: CardModel, store: CardStore, painter: CardPainter, themes: ThemeKeeper,
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self.cards, self._store, self._themes = model, store, themes
        self.how: Regions | None = Regions.HEAT
        self.card_width = USUAL
        self._selecting = False
        self.setModel(model)
        self.setItemDelegate(CardDelegate(self, store, painter))
        self._set_up()
        self.selectionModel().currentChanged.connect(self._walked)
        self.doubleClicked.connect(self._open)
        self.verticalScrollBar().valueChanged.connect(self.ask)
        store.arrived.connect(lambda neurons: [self.repaint_card(n) for n in neurons])
        themes.changed.connect(lambda _theme: self.viewport().update())

    def _set_up(self) -> None:
        self.setAccessibleName("Cards of neurons")
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setProperty("role", "cards")
        for header in (self.verticalHeader(), self.horizontalHeader()):
            header.hide()
            header.setMinimumSectionSize(SMALLEST // 2)
            header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)

    @property
    def look(self) -> Look:
        """What cards are painted with now."""
        return Look(self._themes.theme, self.how, self.devicePixelRatioF())

    def set_card_width(self, width: int) -> None:
        """Larger or smaller cards; the one in front stays in sight."""
        self.card_width = width
        self.fit()

    def select(self, neuron: int | None) -> None:
        """Mark the card of the neuron in front, if the list shows it."""
        index, chooser = self.cards.index_of(neuron), self.selectionModel()
        self._selecting = True
        if index.isValid():
            chooser.setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
            self.scrollTo(index)
        else:
            chooser.clear()
        self._selecting = False

    def fit(self) -> None:
        """As many cards in a row as fit, the room divided among them."""
        room = max(self.viewport().width(), SMALLEST)
        across = max(room // self.card_width, 1)
        front = self.cards.neuron_at(self.currentIndex())
        size = card_size(room // across)
        self.horizontalHeader().setDefaultSectionSize(size.width())
        self.verticalHeader().setDefaultSectionSize(size.height())
        self.verticalScrollBar().setSingleStep(size.height() // 4)
        if self.cards.set_across(across) or front is not None:
            self.select(front)
        self.ask()

    def in_sight(self, more: int = 0) -> list[int]:
        """The neurons whose cards are in sight, and of `more` rows below."""
        high = max(self.verticalHeader().defaultSectionSize(), 1)
        first = self.verticalScrollBar().value() // high
        last = (self.verticalScrollBar().value() + self.viewport().height()) // high + more
        places = range(first * self.cards.columnCount(), (last + 1) * self.cards.columnCount())
        found = (self.cards.neuron_of(place) for place in places)
        return [neuron for neuron in found if neuron is not None]

    def ask(self) -> None:
        """Have the cards in sight read."""
        if self.isVisible():
            self._store.want(self.in_sight(more=1))

    def repaint_card(self, neuron: int) -> None:
        """Something of this card has come."""
        index = self.cards.index_of(neuron)
        if index.isValid():
            self.viewport().update(self.visualRect(index))

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            bare = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
            if bare and event.key() in (*MOVES, Key.Key_Space):
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Key(event.key())
        if key in MOVES and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            self._move(key)
        elif key == Key.Key_Space:
            self._open(self.currentIndex())
        else:
            event.ignore()  # a table would look for a cell that begins with the letter

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()

    def showEvent(self, event: object) -> None:
        super().showEvent(event)
        self.fit()

    def _move(self, key: Qt.Key) -> None:
        across, count = self.cards.columnCount(), self.cards.count()
        page = across * max(self.viewport().height() // max(self.verticalHeader().defaultSectionSize(), 1), 1)
        by = dict(zip(MOVES, (-1, 1, -across, across, -page, page, -count, count), strict=True))
        place = self.cards.place_of(self.currentIndex())
        to = place + by[key] if place >= 0 else 0
        if key in (Key.Key_Up, Key.Key_Down) and not 0 <= to < count:
            return
        index = self.cards.index_at(min(max(to, 0), count - 1))
        if index.isValid():
            self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
            self.scrollTo(index)

    def _walked(self, index: QModelIndex, _before: QModelIndex) -> None:
        neuron = self.cards.neuron_at(index)
        if neuron is not None and not self._selecting:
            self.chosen.emit(neuron)

    def _open(self, index: QModelIndex) -> None:
        neuron = self.cards.neuron_at(index)
        if neuron is not None:
            self.opened.emit(neuron)


class CardDelegate(QStyledItemDelegate):
    """Paints a cell through the painter of cards."""

    def __init__(self, view: CardView, store: CardStore, painter: CardPainter) -> None:
        super().__init__(view)
        self._view, self._store, self._painter = view, store, painter

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        neuron, columns = self._view.cards.neuron_at(index), self._view.cards.columns
        if neuron is not None and columns is not None:
            front = bool(option.state & QStyle.StateFlag.State_Selected)
            rect, card = QRect(option.rect), self._store.get(neuron)
            self._painter.paint(painter, rect, neuron, columns, card, self._view.look, front)
