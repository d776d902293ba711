"""Samples that were left out, each with the reason."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QHeaderView, QTableWidget, QTableWidgetItem

from studio.ui.review.plain import plain_tip
from studio.ui.tables import LEFT, show_rows

COLUMNS = ("Left out", "Reason")
NAME_WIDTH = 200


class LeftOutTable(QTableWidget):
    """Read only. Long reasons are cut; the tooltip has them whole."""

    def __init__(self) -> None:
        super().__init__(0, len(COLUMNS))
        self.setHorizontalHeaderLabels(list(COLUMNS))
        show_rows(self, "Samples that were left out")
        header = self.horizontalHeader()
        header.setDefaultAlignment(LEFT)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.setColumnWidth(0, NAME_WIDTH)

    def show_left_out(self, found: Sequence[tuple[str, str]]) -> None:
        """List (id, reason)."""
        self.setRowCount(len(found))
        for row, texts in enumerate(found):
            for column, text in enumerate(texts):
                item = QTableWidgetItem(" ".join(text.split()))
                item.setToolTip(plain_tip(text))
                self.setItem(row, column, item)
