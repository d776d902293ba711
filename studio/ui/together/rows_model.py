"""A read-only table of texts, and the view that shows one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHeaderView, QTableView, QWidget

from studio.ui.review.plain import plain_tip
from studio.ui.tables import LEFT, RIGHT, show_rows

Index = QModelIndex | QPersistentModelIndex
HIGHEST_TIP = 2000


@dataclass(frozen=True, slots=True)
class TableRow:
    """The texts of the cells, and what the row stands for."""

    cells: tuple[str, ...]
    about: Any = None


class RowsModel(QAbstractTableModel):
    """Rows of plain text. `right` are columns of figures."""

    def __init__(self, headers: Sequence[str], right: Sequence[int] = ()) -> None:
        super().__init__()
        self._headers, self._right = tuple(headers), frozenset(right)
        self.rows: list[TableRow] = []

    def set_rows(self, rows: Sequence[TableRow]) -> None:
        """Show other rows."""
        self.beginResetModel()
        self.rows = list(rows)
        self.endResetModel()

    def set_row(self, place: int, row: TableRow) -> None:
        """Replace one row."""
        self.rows[place] = row
        self.dataChanged.emit(self.index(place, 0), self.index(place, self.columnCount() - 1))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._headers)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.cells[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(row.cells[index.column()][:HIGHEST_TIP])
        if role == Qt.ItemDataRole.UserRole:
            return row.about
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() in self._right:
            return int(RIGHT)
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._headers[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(RIGHT if section in self._right else LEFT)
        return None


class RowsTable(QTableView):
    """Whole rows, one at a time; the columns `stretch` share the room that is left."""

    def __init__(
        self,
        model: RowsModel,
        name: str,
        stretch: Sequence[int],
        row_height: int = 28,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setModel(model)
        self._model = model  # a view does not keep its model
        show_rows(self, name)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.verticalHeader().setDefaultSectionSize(row_height)
        header = self.horizontalHeader()
        header.setSectionsClickable(False)
        header.setMinimumSectionSize(24)
        for column in range(model.columnCount()):
            mode = QHeaderView.ResizeMode.Stretch if column in stretch else QHeaderView.ResizeMode.Interactive
            header.setSectionResizeMode(column, mode)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Letters and digits are keys of the page, not a search in the table."""
        if event.text().isprintable() and event.text().strip():
            event.ignore()
        else:
            super().keyPressEvent(event)

    def about(self) -> Any:
        """What the selected row stands for, None without one."""
        found = self.selectionModel().selectedRows()
        return self._model.rows[found[0].row()].about if found else None

    def fit(self, columns: Sequence[int], widest: int = 320) -> None:
        """Make columns as wide as their header and the texts in sight need."""
        header = self.horizontalHeader()
        for column in columns:
            needed = max(self.sizeHintForColumn(column) + 8, header.sectionSizeHint(column) + 12)
            self.setColumnWidth(column, min(needed, widest))
