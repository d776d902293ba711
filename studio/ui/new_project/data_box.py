"""The data of a new project: where it is, which part of it, what its columns hold, and a look at it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from studio.domain.specs import DataSpec, ModelSpec
from studio.ui.job_runner import JobRunner
from studio.ui.labels import label
from studio.ui.new_project.facts import Facts, data_facts
from studio.ui.new_project.source_field import SourceField
from studio.ui.review.plain import plain_tip

SPLIT_TIP = "A part of the data: train, train[:15%] or [100:200]"


class DataBox(QWidget):
    """As a `SourceField` to the form around it; `spec` has everything."""

    looked = Signal()

    def __init__(self, runner: JobRunner) -> None:
        super().__init__()
        self._runner = runner
        self._model = ""
        self._columns: tuple[tuple[str, str], ...] = ()
        self.split = QLineEdit()
        self.split.setPlaceholderText("All; or train[:15%]")
        self.split.setAccessibleName("Split")
        self.split.setToolTip(plain_tip(SPLIT_TIP))
        self.split.setMinimumHeight(30)
        self.source = SourceField("data", self._facts, hint="Folder with pictures and samples.jsonl")
        self.chosen = label("Columns as chosen", "muted")
        self.chosen.hide()
        self.preview = QPushButton("Preview…")
        self.preview.setToolTip(plain_tip("The first samples as the model will see them"))
        self.preview.setMinimumHeight(30)
        self._build()
        self.split.editingFinished.connect(self.look)
        self.preview.clicked.connect(self._preview)
        self.source.line.textEdited.connect(self._typed)
        self.source.looked.connect(self._looked)
        self._looked()

    @property
    def facts(self) -> Facts:
        """What was found out about the source and the split."""
        return self.source.facts

    def text(self) -> str:
        return self.source.text()

    def set_text(self, text: str) -> None:
        self.source.set_text(text)

    def look(self) -> None:
        self.source.look()

    def set_model(self, model: str) -> None:
        """The model whose chat template and image tokens the preview shows; "" for none."""
        self._model = model

    def spec(self) -> DataSpec:
        """The data set that was entered."""
        return DataSpec(self.text(), self.split.text().strip() or None, columns=self._columns)

    def set_columns(self, columns: tuple[tuple[str, str], ...]) -> None:
        """What the columns hold, where their names do not say it."""
        self._columns = columns
        self.chosen.setVisible(bool(columns))

    def _facts(self, source: str) -> Facts:
        return data_facts(source, self.split.text().strip())

    def _build(self) -> None:
        below = QHBoxLayout()
        below.setSpacing(8)
        below.addWidget(label("Split", "muted"))
        below.addWidget(self.split, 1)
        below.addWidget(self.chosen)
        below.addWidget(self.preview)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.source)
        column.addLayout(below)

    def _typed(self) -> None:
        """Columns belong to the data set they were chosen for."""
        self.set_columns(())

    def _looked(self) -> None:
        self.preview.setEnabled(bool(self.text()) and not self.facts.problem)
        self.looked.emit()

    def _preview(self) -> None:
        from studio.ui.new_project.preview_dialog import PreviewDialog

        model = ModelSpec(self._model) if self._model else None
        dialog = PreviewDialog(self._runner, self.spec(), model, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.chosen.connect(self.set_columns)
        dialog.open()
