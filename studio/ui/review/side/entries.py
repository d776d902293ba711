"""What people wrote, one entry below the other: plain text of any script, in its own direction."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from studio.ui.labels import label


@dataclass(frozen=True, slots=True)
class Entry:
    """Who and when (`head`), and the words."""

    head: str
    text: str


class EntryList(QScrollArea):
    """Entries in the order given; `empty` is said where there are none."""

    def __init__(self, name: str, empty: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._empty = empty
        self._wanted: tuple[list[Entry], str] = ([], empty)
        self._made: tuple[list[Entry], str] | None = None
        self.setAccessibleName(name)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.viewport().setAutoFillBackground(False)
        self.show_entries([])

    def show_entries(self, entries: Sequence[Entry], empty: str = "") -> None:
        """Show these and no others. Their labels are made when the list is in sight."""
        self._wanted = (list(entries), empty or self._empty)
        self.setAccessibleDescription("\n".join(f"{e.head}: {e.text}" for e in entries) or self._wanted[1])
        if self.isVisible():
            self._make()

    def showEvent(self, event: QShowEvent) -> None:
        self._make()
        super().showEvent(event)

    def _make(self) -> None:
        if self._made == self._wanted:
            return
        self._made = self._wanted
        entries, empty = self._wanted
        inside = QWidget()
        inside.setAutoFillBackground(False)
        column = QVBoxLayout(inside)
        column.setContentsMargins(12, 4, 12, 8)
        column.setSpacing(2)
        for entry in entries:
            column.addWidget(label(entry.head, "muted", wrap=True))
            column.addWidget(words(entry.text))
            column.addSpacing(6)
        if not entries:
            column.addWidget(label(empty, "muted", wrap=True))
        column.addStretch(1)
        self.setWidget(inside)  # deletes the one before

    def to_end(self) -> None:
        """Show the newest of a list that grows downwards."""
        inside = self.widget()
        if inside is None:
            return
        inside.layout().activate()
        self.verticalScrollBar().setValue(self.verticalScrollBar().maximum())


def words(text: str) -> QLabel:
    """A text as a label that can be selected, from the right where it is written that way."""
    made = label(text, wrap=True)
    made.setMinimumWidth(1)  # one long word widens nothing
    made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    right = Qt.LayoutDirection.RightToLeft if from_right(text) else Qt.LayoutDirection.LeftToRight
    made.setLayoutDirection(right)
    return made


def from_right(text: str) -> bool:
    """Whether the first letter that has a direction is written from the right."""
    strong = (unicodedata.bidirectional(sign) for sign in text)
    return next((kind for kind in strong if kind in ("L", "R", "AL")), "L") != "L"


def local_time(at: str) -> str:
    """An ISO time as local date and minute; the text itself where it is none."""
    try:
        return datetime.fromisoformat(at).astimezone().strftime("%d %b %Y, %H:%M")
    except ValueError:
        return at
