"""What a page shows while there is nothing to show: why, and the one thing that can be done about it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from studio.ui.labels import label

WIDTH = 480


class EmptyState(QWidget):
    """A sentence, and where `action` is given a button with that text (`button`, else None)."""

    def __init__(self, text: str, action: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.words = label(text, "muted", wrap=True)
        self.words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.words.setFixedWidth(WIDTH)
        self.button: QPushButton | None = None
        self._column = QVBoxLayout(self)
        self._column.setSpacing(12)
        self._column.addStretch(2)
        self._column.addStretch(3)
        self.add(self.words)
        if action:
            self.button = QPushButton(action)
            self.button.setProperty("role", "primary")
            self.add(self.button)

    def add(self, part: QWidget) -> None:
        """One more line below the others."""
        self._column.insertWidget(self._column.count() - 1, part, 0, Qt.AlignmentFlag.AlignHCenter)

    def say(self, text: str, offer: bool = True) -> None:
        """Say something else; `offer`: whether the button helps with that."""
        self.words.setText(text)
        if self.button is not None:
            self.button.setVisible(offer)
