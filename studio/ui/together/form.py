"""The frame that small dialogs share: a title, a sentence, a form, a line for problems, two buttons."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QVBoxLayout, QWidget

from studio.domain.modality import Modality
from studio.ui.labels import label, set_role

NOTHING = "—"
#: What a class field offers, and what each choice means.
CLASSES: tuple[tuple[str, Modality | None], ...] = (
    (NOTHING, None),
    *((modality.value, modality) for modality in Modality),
)
RATINGS: tuple[tuple[str, int | None], ...] = ((NOTHING, None), *((str(n), n) for n in range(1, 6)))


class FormDialog(QDialog):
    """`go` is called by the primary button; `fail` shows a sentence and keeps the dialog open."""

    def __init__(self, title: str, about: str, verb: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setMinimumWidth(480)
        self.form = QFormLayout()
        self.form.setHorizontalSpacing(16)
        self.form.setVerticalSpacing(12)
        self.note = label("", "muted", wrap=True)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.go_button = self.buttons.addButton(verb, QDialogButtonBox.ButtonRole.AcceptRole)
        self.go_button.setProperty("role", "primary")
        self.buttons.accepted.connect(self.go)
        self.buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 16)
        column.setSpacing(12)
        column.addWidget(label(title, "title"))
        column.addWidget(label(about, "muted", wrap=True))
        column.addLayout(self.form)
        column.addWidget(self.note)
        column.addStretch(1)
        column.addWidget(self.buttons)

    def go(self) -> None:
        """Do what the dialog is for."""
        self.accept()

    def add_fields(self, fields: Sequence[tuple[str, QWidget]]) -> None:
        """Add rows of the form; the words beside a field are its accessible name. The Tab key comes to the
        buttons last, and the keyboard starts in the first field."""
        for name, field in fields:
            words = label(name, "muted")
            words.setBuddy(field)
            field.setAccessibleName(name)
            self.form.addRow(words, field)
        fields[0][1].setFocus()
        for before, after in pairwise([*(field for _, field in fields), *self.buttons.buttons()]):
            QWidget.setTabOrder(before, after)

    def fail(self, error: BaseException) -> None:
        """Say what is wrong."""
        self.note.setText(str(error))
        set_role(self.note, "bad")
        self.go_button.setEnabled(True)

    def tell(self, text: str) -> None:
        """Say how things stand."""
        self.note.setText(text)
        set_role(self.note, "muted")
