"""The page that stands where the list is empty."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from studio.ui.labels import label


class NoMatch(QWidget):
    """Says why; `cleared` asks for the filters to be taken off."""

    cleared = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.why = label("", "muted", wrap=True)
        self.why.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.clear = QPushButton("Clear filters")
        self.clear.clicked.connect(self.cleared)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 32, 16, 16)
        column.addWidget(self.why)
        column.addSpacing(8)
        column.addWidget(self.clear, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)

    def say(self, narrowed: bool) -> None:
        """`narrowed`: a filter leaves neurons out; otherwise there are none."""
        self.clear.setVisible(narrowed)
        self.why.setText("No neuron matches." if narrowed else "There are no neurons yet.")
