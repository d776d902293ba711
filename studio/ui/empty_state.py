"""What a page shows while there is nothing to show: why, and the one thing that can be done about it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

WIDTH = 480


class Words(QLabel):
    """Plain words of one width, as high as that needs. A layout that centres words asks how high they are at
    its own width, which is larger, and cuts them; so these say their height themselves."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(text)
        self.setWordWrap(True)
        self.setProperty("role", "muted")
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setFixedWidth(WIDTH)

    def hasHeightForWidth(self) -> bool:
        return False

    def sizeHint(self) -> QSize:
        return QSize(WIDTH, self.heightForWidth(WIDTH))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()


class EmptyState(QWidget):
    """A sentence, and where `action` is given a button with that text (`button`, else None). `retry` is there
    after a failure."""

    def __init__(self, text: str, action: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.words = Words(text)
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
        self.retry = QPushButton("Retry")
        self.retry.hide()
        self.add(self.retry)

    def add(self, part: QWidget) -> None:
        """One more line below the others."""
        self._column.insertWidget(self._column.count() - 1, part, 0, Qt.AlignmentFlag.AlignHCenter)

    def say(self, text: str, offer: bool = True, retry: bool = False) -> None:
        """Say something else; `offer`: whether the button helps with that, `retry`: or trying again."""
        self.words.setText(text)
        self.retry.setVisible(retry)
        if self.button is not None:
            self.button.setVisible(offer)
