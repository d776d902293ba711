"""The table of neurons: rows of one height, painted by `NeuronDelegate`, one of them in front."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt, Signal
from PySide6.QtGui import QFocusEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from studio.ui.review.neuron_delegate import ROW_HEIGHT, NeuronDelegate
from studio.ui.review.neuron_model import Column, NeuronModel
from studio.ui.theme import Theme, ThemeKeeper

WIDTHS = {Column.NEURON: 62, Column.CLASS: 38, Column.VALUE: 54, Column.STATUS: 40}


class ListTable(QTableView):
    """`chosen` carries a neuron that somebody clicked or walked to; `counted` how many rows are selected.

    Paints its ground itself: Qt copies the rows that stay in sight only where a widget is opaque; on a
    translucent one every step with J at the lower edge would paint the whole list anew.
    """

    chosen = Signal(int)
    counted = Signal(int)

    def __init__(self, model: NeuronModel, themes: ThemeKeeper, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._neurons, self._delegate = model, NeuronDelegate(themes.theme, self)
        self._marking, self._count = False, 0
        self._set_up()
        self._set_up_headers()
        chooser = self.selectionModel()
        chooser.currentRowChanged.connect(self._row_chosen)
        chooser.selectionChanged.connect(lambda _on, _off: self._count_selected())
        model.modelReset.connect(self._count_selected)
        themes.changed.connect(self._theme_changed)

    def mark(self, neuron: int) -> None:
        """Select the row of the neuron in front, if there is one; rows that were selected by hand stay so
        while it is the current one."""
        index, chooser = self._neurons.index_of(neuron), self.selectionModel()
        self._marking = True
        if not index.isValid():
            chooser.clear()
        elif index.row() != chooser.currentIndex().row() or not chooser.hasSelection():
            flags = QItemSelectionModel.SelectionFlag
            chooser.setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
            self.scrollTo(index)
        self._marking = False

    def selected(self) -> list[int]:
        """The neurons of the selected rows, in the order of the list."""
        if self._neurons.rows is None:
            return []
        ranges = sorted(self.selectionModel().selection(), key=lambda part: part.top())
        rows = self._neurons.rows.rows
        return [int(n) for part in ranges for n in rows[part.top() : part.bottom() + 1]]

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Where no row is current Qt makes the first one so: nobody has chosen that neuron."""
        chooser = self.selectionModel()
        nobody = not chooser.currentIndex().isValid()
        chooser.blockSignals(nobody)
        super().focusInEvent(event)
        if nobody:
            chooser.clearCurrentIndex()
            chooser.blockSignals(False)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), self._delegate.theme.color("panel"))
        painter.end()
        super().paintEvent(event)

    def _set_up(self) -> None:
        self.setModel(self._neurons)
        self.setItemDelegate(self._delegate)
        self.setAccessibleName("Neurons")
        self.setShowGrid(False)
        self.setMouseTracking(True)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setCornerButtonEnabled(False)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def _set_up_headers(self) -> None:
        down, across = self.verticalHeader(), self.horizontalHeader()
        down.hide()
        down.setMinimumSectionSize(ROW_HEIGHT)
        down.setDefaultSectionSize(ROW_HEIGHT)
        down.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        across.setHighlightSections(False)
        across.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        across.setMinimumSectionSize(28)
        across.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        across.setSectionResizeMode(Column.CONCEPT, QHeaderView.ResizeMode.Stretch)
        across.setSectionsClickable(True)
        # One of its own, in which nothing is selected: with the table's it is painted anew at every step.
        across.setSelectionModel(QItemSelectionModel(self._neurons, across))
        for column, width in WIDTHS.items():
            self.setColumnWidth(column, width)

    def _row_chosen(self, index: QModelIndex, _before: QModelIndex) -> None:
        neuron = self._neurons.neuron_at(index)
        if neuron is not None and not self._marking:
            self.chosen.emit(neuron)

    def _count_selected(self) -> None:
        count = sum(part.height() for part in self.selectionModel().selection())
        if count != self._count:
            self._count = count
            self.counted.emit(count)

    def _theme_changed(self, theme: Theme) -> None:
        self._delegate.set_theme(theme)
        self.viewport().update()
