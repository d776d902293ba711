"""Small dialogs: who reviews, and about."""

from __future__ import annotations

import contextlib

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from studio.ui.icons import application_icon
from studio.ui.labels import label, number_label
from studio.ui.versions import versions, versions_text

NAME_MAX = 80


class ReviewerDialog(QDialog):
    """Asks who is reviewing. A cancelled dialog changes nothing."""

    chosen = Signal(str)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Who is reviewing?")
        self.setObjectName("reviewer")
        self.field = QLineEdit(name)
        self.field.setMaxLength(NAME_MAX)
        self.field.setPlaceholderText("Your name or initials")
        self.field.setAccessibleName("Reviewer")
        self._buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        self._buttons.accepted.connect(self._accept)
        self._buttons.rejected.connect(self.reject)
        self._ok = self._buttons.button(QDialogButtonBox.StandardButton.Ok)
        self._ok.setProperty("role", "primary")
        self.field.textChanged.connect(self._check)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        layout.addWidget(label("Who is reviewing?", "title"))
        note = "Each decision is kept under this name. It is asked once; Edit > Reviewer changes it."
        layout.addWidget(label(note, "muted", wrap=True))
        layout.addWidget(self.field)
        layout.addWidget(self._buttons)
        self.setMinimumWidth(400)
        self._check()

    def _check(self) -> None:
        self._ok.setEnabled(bool(self.field.text().strip()))

    def _accept(self) -> None:
        self.chosen.emit(" ".join(self.field.text().split()))
        self.accept()


class AboutDialog(QDialog):
    """Name, licence and the version of everything that matters."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("About Concept Studio")
        self.setObjectName("about")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 16)
        layout.setSpacing(12)
        layout.addLayout(self._head())
        layout.addLayout(self._versions())
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        copy = buttons.addButton("Copy details", QDialogButtonBox.ButtonRole.ActionRole)
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(versions_text()))
        logs = buttons.addButton("Reveal logs", QDialogButtonBox.ButtonRole.ActionRole)
        logs.setToolTip("Open the folder of logs and crash reports")
        logs.clicked.connect(reveal_logs)
        buttons.rejected.connect(self.reject)
        layout.addWidget(buttons)

    def _head(self) -> QHBoxLayout:
        picture = QLabel()
        picture.setPixmap(application_icon().pixmap(64, 64))
        text = QVBoxLayout()
        text.setSpacing(4)
        text.addWidget(label("Concept Studio", "display"))
        text.addWidget(label("Annotate the SAE neurons of vision-language models. Apache-2.0.", "muted"))
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addWidget(picture)
        row.addLayout(text, 1)
        return row

    def _versions(self) -> QFormLayout:
        form = QFormLayout()
        form.setVerticalSpacing(4)
        form.setHorizontalSpacing(16)
        for name, text in versions().items():
            value = number_label(text, "")
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            form.addRow(label(name, "muted"), value)
        return form


def reveal_logs() -> bool:
    """Open the folder of logs in the file manager; it is made where it is not there yet."""
    from studio.services.places import log_folder

    folder = log_folder()
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    return QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
