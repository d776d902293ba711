"""How rows are written, for the formats that can: pictures, and what the Hub wants to know."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QFormLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from studio.domain.errors import UserError
from studio.domain.export import ExportOptions
from studio.ui.labels import label

#: Formats with pictures, and whether they have them when nobody says.
PICTURES = {"html": True, "pdf": True, "hub": False}
OWN_LICENCE = "Their licence is the data set's: publish them only where it allows."


class ExportLook(QWidget):
    """`changed` when an answer is another. Shows only what the format asks for."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.pictures = QCheckBox("With pictures")
        self.pictures.setToolTip(OWN_LICENCE)
        self.licence = QLineEdit()
        self.licence.setAccessibleName("Licence of the data set")
        self.licence.setPlaceholderText("For the card, such as cc-by-4.0; may be empty")
        self.push = QCheckBox("Push to the Hub as")
        self.repo = QLineEdit()
        self.repo.setAccessibleName("Data set on the Hub")
        self.repo.setPlaceholderText("OWNER/NAME")
        self.private = QCheckBox("Private")
        self.private.setToolTip("Only the owner sees the data set")
        self.private.setChecked(True)
        self._hub = QWidget()
        self._build()
        self.push.toggled.connect(self._pushed)
        for box in (self.pictures, self.push, self.private):
            box.toggled.connect(lambda _on: self.changed.emit())
        for line in (self.licence, self.repo):
            line.textChanged.connect(lambda _text: self.changed.emit())
        self.set_form("")

    def set_form(self, name: str) -> None:
        """Show what a format asks for."""
        self.pictures.setVisible(name in PICTURES)
        self.pictures.setText("With pictures and texts" if name == "hub" else "With pictures")
        self.pictures.setChecked(PICTURES.get(name, False))
        self._hub.setVisible(name == "hub")
        if name != "hub":
            self.push.setChecked(False)
        self._pushed()

    def options(self) -> ExportOptions:
        """What was chosen."""
        shown = self.pictures.isVisibleTo(self)
        return ExportOptions(self.pictures.isChecked() if shown else None, self.licence.text().strip())

    @property
    def problem(self) -> str:
        """Why it cannot be pushed, "" where it can or need not."""
        from studio.services.hub_push import check_repo

        if not self.push.isChecked():
            return ""
        if not self.repo.text().strip():
            return "Name the data set on the Hub as OWNER/NAME."
        try:
            check_repo(self.repo.text())
        except UserError as error:
            return str(error)
        return ""

    def _pushed(self) -> None:
        for widget in (self.repo, self.private):
            widget.setEnabled(self.push.isChecked())

    def _build(self) -> None:
        for field in (self.licence, self.repo):
            field.setMinimumHeight(30)
        push = QHBoxLayout()
        push.setSpacing(12)
        push.addWidget(self.push)
        push.addWidget(self.repo, 1)
        push.addWidget(self.private)
        form = QFormLayout(self._hub)
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(8)
        form.addRow(label("Licence", "muted"), self.licence)
        form.addRow(push)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.pictures)
        column.addWidget(self._hub)
