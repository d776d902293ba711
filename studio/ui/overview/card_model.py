"""The review's list of neurons as a grid of cards, some in each row."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from studio.services.neurons import STATUSES
from studio.ui.review.neuron_columns import NeuronColumns
from studio.ui.review.neuron_model import NeuronModel, Role, short
from studio.ui.review.plain import plain_tip

Index = QModelIndex | QPersistentModelIndex


class CardModel(QAbstractTableModel):
    """Cell (row, column) shows neuron row x columns + column of the list that `source` shows."""

    def __init__(self, source: NeuronModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._source = source
        self._across = 4
        source.modelAboutToBeReset.connect(self.beginResetModel)
        source.modelReset.connect(self.endResetModel)
        source.dataChanged.connect(lambda first, _last: self._changed(first.row()))

    @property
    def columns(self) -> NeuronColumns | None:
        """What is known of all neurons; None while no project is open."""
        return None if self._source.rows is None else self._source.rows.columns

    def set_across(self, across: int) -> bool:
        """How many cards stand in a row; False where it is so already."""
        if across == self._across:
            return False
        self.beginResetModel()
        self._across = max(across, 1)
        self.endResetModel()
        return True

    def count(self) -> int:
        """How many cards there are."""
        return self._source.rowCount()

    def neuron_at(self, index: Index) -> int | None:
        """The neuron of a cell, None behind the last one."""
        return self.neuron_of(self.place_of(index)) if index.isValid() else None

    def neuron_of(self, place: int) -> int | None:
        """The neuron at a place of the list."""
        rows = self._source.rows
        return int(rows.rows[place]) if rows is not None and 0 <= place < len(rows) else None

    def place_of(self, index: Index) -> int:
        """The place in the list of a cell; -1 for none."""
        return index.row() * self._across + index.column() if index.isValid() else -1

    def index_at(self, place: int) -> QModelIndex:
        """The cell of a place in the list."""
        return self.index(*divmod(place, self._across)) if 0 <= place < self.count() else QModelIndex()

    def index_of(self, neuron: int | None) -> QModelIndex:
        """The cell of a neuron; an invalid index when the list does not show it."""
        place = None if self._source.rows is None else self._source.rows.row_of(neuron)
        return QModelIndex() if place is None else self.index_at(place)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else -(-self.count() // self._across)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else self._across

    def flags(self, index: Index) -> Qt.ItemFlag:
        return Qt.ItemFlag.NoItemFlags if self.neuron_at(index) is None else super().flags(index)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        neuron, columns = self.neuron_at(index), self.columns
        if neuron is None or columns is None:
            return None
        if role == Role.NEURON:
            return neuron
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return spoken(columns, neuron)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(spoken(columns, neuron))
        return None

    def _changed(self, place: int) -> None:
        index = self.index_at(place)
        if index.isValid():
            self.dataChanged.emit(index, index)


def spoken(columns: NeuronColumns, neuron: int) -> str:
    """A card in words."""
    table, modality = columns.table, columns.modality(neuron)
    parts = [f"Neuron {neuron}", columns.concept(neuron) or "no concept"]
    if modality is not None:
        parts.append(modality.value)
    if columns.uncovered(neuron) and short(float(table.score[neuron])):
        parts.append(f"score {short(float(table.score[neuron]))}")
    parts.append(STATUSES[table.status[neuron]].replace("none", "not reviewed"))
    if table.rating[neuron]:
        parts.append(f"rated {table.rating[neuron]}")
    return ", ".join([*parts, "flagged"] if table.flagged[neuron] else parts)
