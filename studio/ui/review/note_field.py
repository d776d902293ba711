"""The note: saved when the field is left, and after a pause."""

from __future__ import annotations

from PySide6.QtCore import QSize, QTimer, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QPlainTextEdit, QWidget

PAUSE_MS = 1500


class NoteField(QPlainTextEdit):
    """`committed` carries the neuron and its note; `typing` whether there are words that are not saved."""

    committed = Signal(int, str)
    typing = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._neuron: int | None = None
        self._saved = ""
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self.commit)
        self.setPlaceholderText("Note …")
        self.setAccessibleName("Note")
        self.setTabChangesFocus(True)
        self.setMinimumHeight(42)
        self.textChanged.connect(self._changed)

    @property
    def uncommitted(self) -> bool:
        """Whether words were typed that are not committed."""
        return self._neuron is not None and self.toPlainText() != self._saved

    def show_note(self, neuron: int, text: str) -> None:
        """Show a neuron's note. Words typed for another neuron are committed first; words typed for this one
        since stay."""
        if neuron == self._neuron and self.uncommitted:
            self._saved = text
            return
        self.commit()
        self._neuron, self._saved = neuron, text
        if self.toPlainText() != text:
            self.blockSignals(True)
            self.setPlainText(text)
            self.blockSignals(False)

    def commit(self) -> None:
        """Hand the words over to be saved."""
        self._pause.stop()
        if self.uncommitted and self._neuron is not None:
            self._saved = self.toPlainText()
            self.committed.emit(self._neuron, self._saved)
            self.typing.emit(False)

    def clear_note(self) -> None:
        """No neuron is in front."""
        self.commit()
        self._neuron, self._saved = None, ""
        self.blockSignals(True)
        self.setPlainText("")
        self.blockSignals(False)

    def sizeHint(self) -> QSize:
        return QSize(200, 56)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.commit()

    def _changed(self) -> None:
        if self.uncommitted:
            self._pause.start()
        else:
            self._pause.stop()
        self.typing.emit(self.uncommitted)
