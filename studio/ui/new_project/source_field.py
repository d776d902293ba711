"""A line for a folder, file or Hub id, with Browse beside it and what was found out below."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from studio.ui.file_dialogs import ask_folder, ask_open, ask_save
from studio.ui.labels import label, set_role
from studio.ui.new_project.facts import Facts

LOOK_AFTER_MS = 250


class SourceField(QWidget):
    """`looked` is emitted when the text was looked at; `facts` then holds what was found.

    Nothing is called wrong before somebody has typed: an empty field only says what it wants.
    """

    looked = Signal()

    def __init__(
        self, name: str, look: Callable[[str], Facts], browse: str = "folder", hint: str = ""
    ) -> None:
        super().__init__()
        self._look, self._browse = look, browse
        self.facts = look("")
        self.line = QLineEdit()
        self.line.setPlaceholderText(hint)
        self.line.setAccessibleName(name)
        self.line.setMinimumHeight(30)
        self.button = QPushButton("Browse…")
        self.button.setAccessibleName(f"Browse for {name}")
        self.button.setMinimumHeight(30)
        self.button.clicked.connect(self._choose)
        self.below = label("", "muted", wrap=True)
        self.below.setMinimumHeight(self.below.fontMetrics().height())
        self.below.hide()
        self._timer = QTimer(self, singleShot=True, interval=LOOK_AFTER_MS)
        self._timer.timeout.connect(self.look)
        self.line.textChanged.connect(lambda: self._timer.start())
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.line, 1)
        row.addWidget(self.button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self.below)

    def text(self) -> str:
        """What was entered, without spaces around it."""
        return self.line.text().strip()

    def set_text(self, text: str) -> None:
        """Enter a text and look at it at once."""
        self.line.setText(text)
        self.look()

    def look(self) -> None:
        """Find out about the text now."""
        self._timer.stop()
        self.facts = self._look(self.text())
        self.show_problem(self.facts.problem)
        self.looked.emit()

    def show_problem(self, problem: str) -> None:
        """Say what is wrong, or what was found when nothing is; an empty field is not called wrong."""
        text = (problem if self.text() else "") or self.facts.note
        self.below.setText(text)
        self.below.setVisible(bool(text))
        bad = bool(problem and self.text())
        set_role(self.below, "bad" if bad else "muted")
        set_role(self.line, "bad" if bad else "", "state")

    def _choose(self) -> None:
        start = str(Path(self.text()).expanduser().parent) if self.text() else str(Path.home())
        title = f"Choose the {self.line.accessibleName()}"
        if self._browse == "folder":
            ask_folder(self, title, start, self.set_text)
        elif self._browse == "save":
            ask_save(self, title, str(Path(start) / "new.cstudio"), self.set_text, "Projects (*.cstudio)")
        else:
            ask_open(self, title, start, self.set_text)
