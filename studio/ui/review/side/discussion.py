"""The discussion of a neuron: what was said, by whom and when, and a field to say more."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from studio.services.neuron_detail import NeuronDetail
from studio.ui.review.side.entries import EntryList
from studio.ui.review.side.history_words import comment_entries
from studio.ui.review.side.sending_field import SendingField

HIDDEN = "Others' comments on this neuron are hidden until you reveal it."
NONE = "Nobody has said anything about this neuron yet. What you write here, everybody can read."


class CommentField(SendingField):
    """Three lines of it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Comment", "Say something …  Ctrl+Enter sends it", parent)
        self.setFixedHeight(56)

    def sizeHint(self) -> QSize:
        return QSize(200, 56)


class Discussion(QWidget):
    """`said` carries the neuron and the comment; `typing` whether there are words that are not sent."""

    said = Signal(int, str)
    typing = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._neuron: int | None = None
        self._drafts: dict[int, str] = {}
        self.list = EntryList("Discussion", NONE)
        self.field = CommentField()
        self.send = QPushButton("Send")
        self.send.setAccessibleName("Send the comment")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 8)
        column.setSpacing(4)
        column.addWidget(self.list, 1)
        row = QHBoxLayout()
        row.setContentsMargins(12, 0, 12, 0)
        row.addWidget(self.field, 1)
        row.addWidget(self.send, 0, Qt.AlignmentFlag.AlignBottom)
        column.addLayout(row)
        self.field.sent.connect(self._send)
        self.send.clicked.connect(self._send)
        self.field.textChanged.connect(self._changed)
        self._changed()

    def show_detail(self, detail: NeuronDetail) -> int:
        """Show what was said about a neuron; how many comments there are. Words typed for another neuron stay
        with that one until they are sent."""
        if detail.neuron != self._neuron:
            self._swap(detail.neuron)
        entries = comment_entries(detail.history)
        covered = detail.cover is not None and detail.cover.down and "peers" in detail.cover.hidden
        self.list.show_entries(entries, HIDDEN if covered else "")
        self.list.to_end()
        return len(entries)

    def clear(self) -> None:
        """The project is closed: what was not sent was meant for its neurons, and is gone."""
        self._neuron = None
        self._drafts.clear()
        self.field.clear()

    def _swap(self, neuron: int) -> None:
        if self._neuron is not None:
            self._drafts.pop(self._neuron, None)
            if self.field.toPlainText().strip():
                self._drafts[self._neuron] = self.field.toPlainText()
        self._neuron = neuron
        self.field.setPlainText(self._drafts.get(neuron, ""))

    def _send(self) -> None:
        text = self.field.toPlainText().strip()
        if text and self._neuron is not None:
            self.said.emit(self._neuron, text)
            self.field.clear()

    def _changed(self) -> None:
        typed = bool(self.field.toPlainText().strip())
        self.send.setEnabled(typed and self._neuron is not None)
        self.typing.emit(typed)
