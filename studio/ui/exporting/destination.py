"""Where an export goes: a path, Browse, and a question that is asked only where something is replaced."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from studio.domain.errors import UserError
from studio.services.export import ExportFormat
from studio.services.whole import check_folder_free, check_free
from studio.ui.file_dialogs import ask_save
from studio.ui.labels import label


class Destination(QWidget):
    """`changed` when another path is written or another answer given. `problem` is "" where it can go."""

    changed = Signal()

    def __init__(self, project: Path) -> None:
        super().__init__()
        self._project = project
        self._form: ExportFormat | None = None
        self.line = QLineEdit()
        self.line.setAccessibleName("Destination")
        self.line.setMinimumHeight(30)
        self.browse = QPushButton("Browse…")
        self.browse.setAccessibleName("Browse for the destination")
        self.browse.setMinimumHeight(30)
        self.replace = QCheckBox("Replace what is there")
        self.below = label("", "bad", wrap=True)
        self._build()
        self.line.textChanged.connect(lambda _text: self.check())
        self.replace.toggled.connect(lambda _on: self.check())
        self.browse.clicked.connect(self._choose)

    @property
    def path(self) -> Path:
        """The path as it was written."""
        return Path(self.line.text().strip()).expanduser()

    @property
    def problem(self) -> str:
        """Why nothing can go there, "" where it can."""
        if not self.line.text().strip():
            return "Say where the export goes."
        if not self.path.absolute().parent.is_dir():
            return f"There is no folder {self.path.absolute().parent}."
        return self._taken(self.replace.isChecked())

    def set_form(self, form: ExportFormat) -> None:
        """Another format: the same name with its usual end."""
        self._form = form
        name = f"{self._project.stem}{form.suffix}" if form.suffix else f"{self._project.stem}-{form.name}"
        folder = self.path.absolute().parent if self.line.text().strip() else self._project.parent
        self.line.setText(str(folder / name))
        self.check()

    def check(self) -> None:
        """Look at the path now: something may have come there since."""
        replaceable = bool(self._taken(False)) and not self._taken(True)
        self.replace.setVisible(replaceable and bool(self.line.text().strip()))
        if not replaceable:
            self.replace.setChecked(False)
        said = "" if replaceable else self.problem
        self.below.setText(said)
        self.below.setVisible(bool(said))
        self.changed.emit()

    def _taken(self, force: bool) -> str:
        folder = self._form is not None and self._form.folder
        try:
            (check_folder_free if folder else check_free)(self.path, force)
        except (UserError, OSError) as error:
            return str(error)
        return ""

    def _choose(self) -> None:
        # The question below the path asks, for every way in, whether something may be replaced.
        ask_save(self, "Export to", self.line.text(), self.line.setText, confirm=False)

    def _build(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(label("To", "muted"))
        row.addWidget(self.line, 1)
        row.addWidget(self.browse)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self.replace)
        column.addWidget(self.below)
