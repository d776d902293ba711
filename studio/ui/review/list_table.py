"""The table of neurons on a ground of its own, so that scrolling moves the rows that stay in sight."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFocusEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QTableView, QWidget

from studio.ui.theme import ThemeKeeper


class ListTable(QTableView):
    """Paints its ground itself.

    Qt copies the rows that stay in sight only where a widget is opaque; on a translucent one every step
    with J at the lower edge would paint the whole list anew.
    """

    def __init__(self, themes: ThemeKeeper, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

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
        painter.fillRect(event.rect(), self._themes.theme.color("panel"))
        painter.end()
        super().paintEvent(event)
