"""Earlier decisions on a neuron: who said what, when. Folded until asked for."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton, QVBoxLayout, QWidget

from studio.domain.annotation import Event, EventKind
from studio.ui.labels import label

SHOWN = 12


class HistoryList(QWidget):
    """A line that unfolds into the newest events first."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.button = QToolButton()
        self.button.setProperty("role", "link")
        self.button.setCheckable(False)
        self._text = label("", "muted", wrap=True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._text.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()
        self._count = 0
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self._text)
        self.button.clicked.connect(lambda: self._unfold(self.isHidden()))
        self._name()

    def show_events(self, events: list[Event]) -> None:
        """Show a neuron's events, given oldest first."""
        self._count = len(events)
        newest = events[::-1][:SHOWN]
        self._text.setText("\n".join(event_line(event) for event in newest))
        if not events:
            self.hide()
        self._name()

    def _unfold(self, on: bool) -> None:
        self.setVisible(on)
        self._name()

    def _name(self) -> None:
        count = self._count
        mark = "▸" if self.isHidden() else "▾"
        words = "earlier decision" if count == 1 else "earlier decisions"
        self.button.setText(f"{count} {words} {mark}" if count else "Nothing said yet")
        self.button.setEnabled(count > 0)
        self.button.setAccessibleName(f"{count} {words}")


def event_line(event: Event) -> str:
    """An event as a line: when, who, what."""
    verb = {EventKind.UNDO: "undo: ", EventKind.REDO: "redo: "}.get(event.kind, "")
    what = event.title.split(", neuron ")[0]
    return f"{local_time(event.at)}  {event.annotator}: {verb}{what}"


def local_time(at: str) -> str:
    """An ISO time as local date and minute; the text itself where it is none."""
    try:
        return datetime.fromisoformat(at).astimezone().strftime("%d %b %H:%M")
    except ValueError:
        return at
