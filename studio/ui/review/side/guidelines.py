"""The guidelines of the project: read by everybody, edited by the lead, every version kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from studio.domain.shared import Guidelines, Policy
from studio.ui.labels import label
from studio.ui.review.side.entries import local_time
from studio.ui.review.side.markdown_view import MarkdownView
from studio.ui.review.side.sending_field import SendingField


@dataclass(frozen=True, slots=True)
class Rules:
    """All versions of the guidelines, oldest first, and how the project is reviewed."""

    versions: list[Guidelines]
    policy: Policy


def read_rules(project: Any) -> Rules:
    """Runs in the `db` lane."""
    return Rules(project.events.guidelines(), project.events.policy())


HINT = "# What we look for\n\nOne rule a line …  Ctrl+Enter saves"


class GuidelinesPane(QWidget):
    """`written` carries the text of a new version; `typing` whether there are words that are not saved."""

    written = Signal(str)
    typing = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rules = Rules([], Policy())
        self._leads = False
        self.versions = QComboBox()
        self.versions.setAccessibleName("Version of the guidelines")
        self.edit = QPushButton("Edit")
        self.preview = QPushButton("Preview")
        self.preview.setCheckable(True)
        self.save = QPushButton("Save")
        self.save.setProperty("role", "primary")
        self.cancel = QPushButton("Cancel")
        self.view = MarkdownView()
        self.save.setToolTip("Save a new version (Ctrl+Enter)")
        self.editor = SendingField("Guidelines as Markdown", HINT)
        self._stack = QStackedWidget()
        self._assemble()
        self._connect()
        self._show(editing=False)

    @property
    def editing(self) -> bool:
        """Whether the lead is writing a version."""
        return not self.save.isHidden()

    def show_rules(self, rules: Rules, annotator: str) -> None:
        """Show the newest version. What is being written stays."""
        self._rules, self._leads = rules, rules.policy.leads(annotator)
        self.versions.blockSignals(True)
        self.versions.clear()
        for number, version in reversed(list(enumerate(rules.versions, 1))):
            self.versions.addItem(f"{number} · {version.by} · {local_time(version.at)}", number - 1)
        self.versions.blockSignals(False)
        if not self.editing:
            self._show(editing=False)

    def start_editing(self) -> None:
        """Write a new version, from the one that is shown."""
        self.editor.setPlainText(self._text())
        self._show(editing=True)
        self.editor.setFocus()

    def take_focus(self) -> None:
        """To the button that starts writing, where the annotator leads."""
        if self._leads and not self.editing:
            (self.edit if self._rules.versions else self._first).setFocus()

    def stop_editing(self) -> None:
        """Put the editor away; what was not saved is gone."""
        self._show(editing=False)

    def _assemble(self) -> None:
        row = QHBoxLayout()
        row.setContentsMargins(12, 4, 12, 0)
        row.addWidget(self.versions, 1)
        for button in (self.edit, self.preview, self.cancel, self.save):
            row.addWidget(button)
        self._none = QWidget()
        inside = QVBoxLayout(self._none)
        inside.setContentsMargins(12, 8, 12, 8)
        self._why = label("", "muted", wrap=True)
        self._first = QPushButton("Write guidelines")
        self._first.clicked.connect(self.start_editing)
        inside.addWidget(self._why)
        inside.addWidget(self._first, 0, Qt.AlignmentFlag.AlignLeft)
        inside.addStretch(1)
        for page in (self.view, self.editor, self._none):
            self._stack.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.addLayout(row)
        column.addWidget(self._stack, 1)

    def _connect(self) -> None:
        self.edit.clicked.connect(self.start_editing)
        self.cancel.clicked.connect(self.stop_editing)
        self.save.clicked.connect(self._save)
        self.editor.sent.connect(self._save)
        self.preview.toggled.connect(self._preview)
        self.versions.currentIndexChanged.connect(self.stop_editing)
        self.editor.textChanged.connect(lambda: self.typing.emit(self._changed()))

    def _text(self) -> str:
        place = self.versions.currentData()
        return "" if place is None else self._rules.versions[place].text

    def _changed(self) -> bool:
        return self.editing and self.editor.toPlainText() != self._text()

    def _show(self, editing: bool) -> None:
        text = self._text()
        self.preview.setChecked(False)
        for part in (self.preview, self.save, self.cancel):
            part.setVisible(editing)
        self.versions.setVisible(not editing and self.versions.count() > 0)
        self.edit.setVisible(not editing and self._leads and self.versions.count() > 0)
        who = "" if self._leads else f" {self._rules.policy.lead} can write them."
        self._why.setText(f"This project has no guidelines yet.{who}")
        self._first.setVisible(self._leads)
        self.view.show_text(text)
        self._stack.setCurrentWidget(self.editor if editing else self.view if text else self._none)
        self.typing.emit(self._changed())

    def _preview(self, on: bool) -> None:
        self.view.show_text(self.editor.toPlainText())
        self._stack.setCurrentWidget(self.view if on else self.editor)

    def _save(self) -> None:
        if self._changed():
            self.written.emit(self.editor.toPlainText())
        self._show(editing=False)
