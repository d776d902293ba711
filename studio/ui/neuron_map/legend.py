"""Dots and words: what the colours of the map mean."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

GAP, DOT = 14, 12


class Legend(QWidget):
    """One line of entries; those that find no room are left out."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.entries: list[tuple[str, QColor]] = []
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Meaning of the colours")

    def show_entries(self, entries: list[tuple[str, QColor]]) -> None:
        """Show these words with their colours."""
        self.entries = entries
        self.setAccessibleDescription(", ".join(text for text, _ in entries))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(self.font())
        return QSize(sum(metrics.horizontalAdvance(t) + DOT + GAP for t, _ in self.entries), 24)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 24)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, x = QPainter(self), 0
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics = QFontMetrics(self.font())
        for text, color in self.entries:
            wide = metrics.horizontalAdvance(text)
            if x + DOT + wide > self.width():
                return
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color)
            painter.drawEllipse(QPointF(x + 4, self.height() / 2), 4, 4)
            painter.setPen(self.palette().color(self.foregroundRole()))
            painter.drawText(x + DOT, (self.height() + metrics.ascent() - metrics.descent()) // 2, text)
            x += DOT + wide + GAP
