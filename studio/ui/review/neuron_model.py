"""The neuron list for Qt: a thin model over `NeuronRows`."""

from __future__ import annotations

from enum import IntEnum
from math import isfinite, isnan
from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from studio.services.neurons import STATUSES
from studio.ui.review.neuron_columns import NeuronColumns
from studio.ui.review.neuron_query import Query, SortKey
from studio.ui.review.neuron_rows import NeuronRows
from studio.ui.review.plain import plain_tip

Index = QModelIndex | QPersistentModelIndex


class Column(IntEnum):
    """The columns of the list. VALUE shows the number the list is ordered by, the score otherwise."""

    NEURON = 0
    CONCEPT = 1
    CLASS = 2
    VALUE = 3
    STATUS = 4


class Role(IntEnum):
    """Roles beside Qt's: what the delegate draws."""

    NEURON = Qt.ItemDataRole.UserRole
    MODALITY = Qt.ItemDataRole.UserRole + 1
    STATUS = Qt.ItemDataRole.UserRole + 2
    FLAGGED = Qt.ItemDataRole.UserRole + 3
    DISAGREE = Qt.ItemDataRole.UserRole + 4
    COVERED = Qt.ItemDataRole.UserRole + 5


VALUE_NAMES = {
    SortKey.MEAN: "Mean",
    SortKey.SHARE: "Image",
    SortKey.FIRING: "Fires",
    SortKey.UNCERTAINTY: "Gap",
}
VALUE_TIPS = {
    SortKey.MEAN: "Mean activation per token that fires",
    SortKey.SHARE: "Share of the activation mass that falls on images",
    SortKey.FIRING: "Samples in which the neuron fires",
    SortKey.UNCERTAINTY: "How far q and score are from where the class would turn over",
    SortKey.SCORE: "Alignment score of the concept",
}


class NeuronModel(QAbstractTableModel):
    """Rows of `NeuronRows`; `rows` is None while no project is open."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: NeuronRows | None = None

    def set_rows(self, rows: NeuronRows | None) -> None:
        """Show another project's neurons."""
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def ask(self, query: Query) -> None:
        """Show what `query` asks for."""
        if self.rows is not None:
            self.beginResetModel()
            self.rows.ask(query)
            self.endResetModel()

    def find_again(self) -> bool:
        """Look once more for what was asked for last, as more is known now; whether other neurons are shown.
        The same ones stay as they are, with what is selected."""
        if self.rows is None:
            return False
        found = self.rows.columns.find(self.rows.query)
        if np.array_equal(found, self.rows.rows):
            return False
        self.beginResetModel()
        self.rows.show(self.rows.query, found)
        self.endResetModel()
        return True

    def neuron_at(self, index: Index) -> int | None:
        """The neuron of a row."""
        return int(self.rows.rows[index.row()]) if self.rows is not None and index.isValid() else None

    def index_of(self, neuron: int | None) -> QModelIndex:
        """The first cell of a neuron's row; an invalid index when it is not shown."""
        row = None if self.rows is None else self.rows.row_of(neuron)
        return QModelIndex() if row is None else self.index(row, 0)

    def changed(self, neuron: int) -> None:
        """The label of a neuron was replaced."""
        first = self.index_of(neuron)
        if first.isValid():
            self.dataChanged.emit(first, self.index(first.row(), Column.STATUS))

    def all_changed(self) -> None:
        """Many labels were replaced."""
        if self.rowCount():
            self.dataChanged.emit(self.index(0, 0), self.index(self.rowCount() - 1, Column.STATUS))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() or self.rows is None else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(Column)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        neuron = self.neuron_at(index)
        if neuron is None or self.rows is None:
            return None
        column, columns = index.column(), self.rows.columns
        if role == Qt.ItemDataRole.DisplayRole:
            return self.text(neuron, column)
        if role == Role.NEURON:
            return neuron
        if role == Role.MODALITY:
            return columns.modality(neuron)
        if role == Role.STATUS:
            return STATUSES[columns.table.status[neuron]]
        if role == Role.FLAGGED:
            return bool(columns.table.flagged[neuron])
        if role == Role.COVERED:
            return not columns.uncovered(neuron)
        if role == Role.DISAGREE:
            return columns.disagrees(neuron)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._spoken(neuron, column)
        if role == Qt.ItemDataRole.ToolTipRole and column == Column.CLASS:
            return plain_tip(self._spoken(neuron, column))
        if role == Qt.ItemDataRole.TextAlignmentRole and column == Column.VALUE:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        sort = self.rows.query.sort if self.rows is not None else SortKey.SCORE
        if role == Qt.ItemDataRole.DisplayRole:
            return ("Neuron", "Concept", "", VALUE_NAMES.get(sort, "Score"), "")[section]
        if role == Qt.ItemDataRole.ToolTipRole:
            value = VALUE_TIPS.get(sort, VALUE_TIPS[SortKey.SCORE])
            return (
                "Number of the neuron",
                "Your words, or else the proposed ones",
                "Class",
                value,
                "Review",
            )[section]
        if role == Qt.ItemDataRole.TextAlignmentRole and section == Column.VALUE:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def text(self, neuron: int, column: int) -> str:
        """What a cell says; "" in columns of marks."""
        if column == Column.NEURON:
            return str(neuron)
        if column == Column.CONCEPT:
            return self.columns.concept(neuron)
        return self._value(neuron) if column == Column.VALUE else ""

    @property
    def columns(self) -> NeuronColumns:
        """What is known of all neurons, while a project is open."""
        assert self.rows is not None
        return self.rows.columns

    def _value(self, neuron: int) -> str:
        assert self.rows is not None
        table, sort = self.rows.columns.table, self.rows.query.sort
        if sort is SortKey.FIRING:
            return f"{table.samples[neuron]:,}"
        if sort is SortKey.MEAN:
            return f"{table.mean[neuron]:.3g}"
        if sort is SortKey.SHARE:
            share = float(table.image_share[neuron])
            return "" if isnan(share) else f"{share * 100:.0f} %"
        if sort is SortKey.UNCERTAINTY and self.rows.columns.facts is not None:
            margin = float(self.rows.columns.facts.queues.uncertainty[neuron])
            return short(margin) if isfinite(margin) else ""
        return short(float(table.score[neuron]))

    def _spoken(self, neuron: int, column: int) -> str:
        columns = self.columns
        if column == Column.CLASS:
            modality = columns.modality(neuron)
            spoken = "no class" if modality is None else modality.value
            return spoken + (", lines of evidence disagree" if columns.disagrees(neuron) else "")
        if column == Column.STATUS:
            status = STATUSES[columns.table.status[neuron]].replace("none", "not reviewed")
            return status + (", flagged" if columns.table.flagged[neuron] else "")
        return self.text(neuron, column)


def short(value: float) -> str:
    """A number below one as people write it in columns: ".71"; "" when unknown."""
    if isnan(value):
        return ""
    return f"{value:.2f}".replace("0.", ".", 1) if abs(value) < 1 else f"{value:.2f}"
