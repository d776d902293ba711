"""The SAEs of a repo as rows of a table."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication

from studio.domain.hub import HubSae

COLUMNS = ("Hookpoint", "Format", "Width", "Latents", "k", "Size", "")
NUMBERS = (2, 3, 4, 5)
Index = QModelIndex | QPersistentModelIndex


class SaeModel(QAbstractTableModel):
    """One row an SAE. What cannot be used stays in the list, greyed; the line below the table says why."""

    def __init__(self) -> None:
        super().__init__()
        self.saes: tuple[HubSae, ...] = ()

    def set_saes(self, saes: tuple[HubSae, ...]) -> None:
        """Show other SAEs."""
        self.beginResetModel()
        self.saes = saes
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.saes)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        across = orientation is Qt.Orientation.Horizontal
        if across and role == Qt.ItemDataRole.TextAlignmentRole and section in NUMBERS:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if across and role == Qt.ItemDataRole.DisplayRole and 0 <= section < len(COLUMNS):
            return COLUMNS[section]
        return None

    def data(self, index: Index, role: int = 0) -> Any:
        if not index.isValid():
            return None
        sae = self.saes[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return cells(sae)[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() in NUMBERS:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ForegroundRole and sae.problem:
            group = QPalette.ColorGroup.Disabled
            return QApplication.palette().brush(group, QPalette.ColorRole.Text)
        return None


def cells(sae: HubSae) -> tuple[str, ...]:
    """The words of one row."""

    def number(value: int | None) -> str:
        return "" if value is None else f"{value:,}"

    state = "cannot be used" if sae.problem else "on this machine" if sae.cached else ""
    name = sae.hookpoint or "(the repo itself)"
    sizes = number(sae.d_in), number(sae.num_latents), number(sae.k), size_words(sae.size)
    return (name, sae.format or "not known yet", *sizes, state)


def size_words(size: int) -> str:
    """Bytes as people read them: "4.3 GB", "12 MB"."""
    for unit, step in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= step:
            return f"{size / step:.1f} {unit}" if size < 10 * step else f"{size / step:.0f} {unit}"
    return f"{size} bytes"
