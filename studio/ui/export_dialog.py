"""Export: which format, reviewed only or all, and where to."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QVBoxLayout,
    QWidget,
)

from studio.ui.labels import label

NOTES = {
    "jsonl": "Everything, with history, evidence ids and scores; one line a neuron and annotator.",
    "csv": "One row a neuron and annotator, for a spreadsheet.",
}


class ExportDialog(QDialog):
    """`chosen` carries path, format and whether reviewed only; the dialog is gone before that is done."""

    chosen = Signal(Path, str, bool)

    def __init__(self, project: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        from studio.services import export

        self._project = project
        self.setWindowTitle("Export")
        self.setObjectName("export")
        self.setMinimumWidth(440)
        self.format = QComboBox()
        self.format.addItems(export.formats())
        self.format.setCurrentText("jsonl")
        self.format.setAccessibleName("Format")
        self.note = label("", "muted", wrap=True)
        self.reviewed = QCheckBox("Reviewed neurons only")
        self.reviewed.setChecked(True)
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.save_button = self._buttons.addButton("Export…", QDialogButtonBox.ButtonRole.AcceptRole)
        self.save_button.setProperty("role", "primary")
        self._build()
        self.format.currentTextChanged.connect(self._show_note)
        self._buttons.accepted.connect(self._choose)
        self._buttons.rejected.connect(self.reject)
        self._show_note(self.format.currentText())

    def save_to(self, path: Path) -> None:
        """Ask for the export; the file dialog has asked already whether an old one may be replaced."""
        self.chosen.emit(path, self.format.currentText(), self.reviewed.isChecked())
        self.accept()

    def _build(self) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(12)
        form.addRow(label("Format", "muted"), self.format)
        form.addRow(label(""), self.note)
        form.addRow(label(""), self.reviewed)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 16)
        layout.setSpacing(12)
        layout.addWidget(label("Export", "title"))
        layout.addLayout(form)
        layout.addStretch(1)
        layout.addWidget(self._buttons)

    def _show_note(self, name: str) -> None:
        self.note.setText(NOTES.get(name, "A format of a plug-in."))

    def _choose(self) -> None:
        name = self.format.currentText()
        start = str(self._project.with_suffix(f".{name}"))
        found, _ = QFileDialog.getSaveFileName(self, "Export to", start, f"{name.upper()} (*.{name})")
        if found:
            self.save_to(Path(found))
