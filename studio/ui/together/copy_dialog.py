"""Make a copy of the project for an annotator."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QWidget

from studio.services.copies import CopyMade, make_copy
from studio.ui.file_dialogs import ask_save
from studio.ui.job_runner import JobRunner
from studio.ui.session import Session
from studio.ui.together.assign_dialog import known_names
from studio.ui.together.form import FormDialog

ABOUT = (
    "The copy has everything that is needed to review: evidence, guidelines, batches. Merge it when it comes "
    "back."
)
FILTER = "Projects (*.cstudio)"
BLIND = "This project is reviewed blind: the copy has nobody else's labels and comments, and no gold neurons."


class CopyDialog(FormDialog):
    """`made` carries the CopyMade once the file is there."""

    made = Signal(object)

    def __init__(
        self,
        runner: JobRunner,
        session: Session,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("Make a copy for an annotator", ABOUT, "Save the copy…", parent)
        self.setObjectName("copy")
        self._runner, self._session = runner, session
        self.name = QComboBox()
        self.name.setEditable(True)
        self.name.lineEdit().setPlaceholderText("Name, as they give it when they review")
        self.name.editTextChanged.connect(lambda text: self.go_button.setEnabled(bool(text.strip())))
        self.add_fields((("Annotator", self.name),))
        self.go_button.setEnabled(False)
        runner.db("Reading annotators", _facts, done=self._show)

    def go(self) -> None:
        name = self.name.currentText().strip()
        start = str(suggested(self._session.path, name))
        ask_save(self, "Save the copy", start, lambda path: self._write(name, Path(path)), FILTER)

    def _write(self, name: str, path: Path) -> None:
        """The file dialog has asked already whether an old file may be replaced."""
        self.go_button.setEnabled(False)
        self.tell("Writing the copy …")
        self._runner.db("Making a copy", make_copy, name, path, True, done=self._made, failed=self.fail)

    def _made(self, found: CopyMade) -> None:
        self.made.emit(found)
        self.accept()

    def _show(self, facts: tuple[list[str], bool]) -> None:
        names, blind = facts
        typed = self.name.currentText()
        self.name.addItems([name for name in names if name != self._session.annotator])
        self.name.setEditText(typed or self.name.itemText(0))
        self.tell(BLIND if blind else "")


def suggested(project: Path, name: str) -> Path:
    """A file name beside the project that says whose copy it is, with characters every system can hold."""
    plain = re.sub(r"[^\w.-]+", "-", name).strip("-.") or "copy"
    return project.with_name(f"{project.stem}-{plain}{project.suffix}")


def _facts(project: Any) -> tuple[list[str], bool]:
    return known_names(project), project.events.policy().blind
