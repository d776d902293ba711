"""A look at a data set before anything runs on it, with what its columns hold to be chosen."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from studio.domain.errors import Cancelled, UserError
from studio.domain.preview import Preview
from studio.domain.specs import DataSpec, ModelSpec
from studio.services.preview import preview
from studio.ui.fitting import within_screen
from studio.ui.job_runner import JobRunner
from studio.ui.labels import label, set_role
from studio.ui.left_out import LeftOutTable
from studio.ui.new_project.column_form import ColumnForm
from studio.ui.new_project.sample_rows import SampleRows

if TYPE_CHECKING:
    from studio.services.jobs import Job

TITLE = "Preview of the data"
SIZE, SIDE, LEFT_OUT_HEIGHT = (920, 600), 320, 112
NO_COLUMNS = "Read as it was published; there are no columns to choose."


class PreviewDialog(QDialog):
    """`chosen` carries the pairs (column, field) when somebody has changed and confirmed them."""

    chosen = Signal(tuple)

    def __init__(
        self, runner: JobRunner, data: DataSpec, model: ModelSpec | None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(TITLE)
        self.setObjectName("preview")
        self._runner, self._data, self._model = runner, data, model
        self._job: Job | None = None
        self._again = False
        self.samples = SampleRows()
        self.columns = ColumnForm()
        self.no_columns = label("", "muted", wrap=True)
        self.warnings = label("", "warning", wrap=True)
        self.left_out = LeftOutTable()
        self.left_out.setMaximumHeight(LEFT_OUT_HEIGHT)
        self.left_out.hide()
        self.state = label("", "muted", wrap=True)
        self.use = QPushButton("Use these columns")
        self.use.setProperty("role", "primary")
        self.use.setEnabled(False)
        self.close_button = QPushButton("Close")
        self._build()
        self.columns.changed.connect(self._columns_changed)
        self.use.clicked.connect(self._use)
        self.close_button.clicked.connect(self.reject)
        self._look()

    def done(self, result: int) -> None:
        if self._job is not None:
            self._job.cancel()
        super().done(result)

    def _build(self) -> None:
        source = f"{self._data.source} {self._data.split or ''}".strip()
        middle = QHBoxLayout()
        middle.setSpacing(24)
        middle.addWidget(self.samples, 1)
        middle.addWidget(self._side())
        below = QHBoxLayout()
        below.setSpacing(8)
        below.addWidget(self.state, 1)
        below.addWidget(self.close_button)
        below.addWidget(self.use)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 16)
        layout.setSpacing(12)
        layout.addWidget(label(TITLE, "title"))
        layout.addWidget(label(source, "muted", wrap=True))
        layout.addLayout(middle, 1)
        layout.addWidget(self.left_out)
        layout.addLayout(below)
        self.resize(within_screen(self, QSize(*SIZE)))

    def _side(self) -> QWidget:
        columns = QScrollArea()
        columns.setWidgetResizable(True)
        columns.setFrameShape(QScrollArea.Shape.NoFrame)
        columns.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        columns.setWidget(self.columns)
        side = QWidget()
        side.setFixedWidth(SIDE)
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(label("Columns", "heading"))
        column.addWidget(self.no_columns)
        column.addWidget(columns, 1)
        column.addWidget(self.warnings)
        return side

    def _look(self) -> None:
        if self._job is not None:
            self._again = True
            return
        waits = self._runner.computing()
        self._say("Waits until the job that is running has ended." if waits else "Looking at the data …")
        self._job = self._runner.compute(
            TITLE, preview, self._data, self._model, done=self._found, failed=self._failed
        )

    def _found(self, found: Preview) -> None:
        if self._ended():
            return
        self.samples.show_samples(found.samples)
        self.columns.show_columns(found.columns)
        self.no_columns.setText("" if found.columns else NO_COLUMNS)
        self.no_columns.setVisible(not found.columns)
        self.warnings.setText("\n".join(found.warnings))
        self.warnings.setVisible(bool(found.warnings))
        self.left_out.show_left_out([(item.id, item.reason) for item in found.skipped])
        self.left_out.setVisible(bool(found.skipped))
        self._say(summary(found))

    def _failed(self, error: BaseException) -> None:
        if self._ended() or isinstance(error, Cancelled):
            return
        self.samples.show_samples(())
        if isinstance(error, UserError):
            self._say(str(error), "bad")
        else:
            self._say("")
            self._runner.failed.emit("The data was not previewed", error)

    def _ended(self) -> bool:
        """The job is over; True when it was overtaken and runs again."""
        self._job, again = None, self._again
        self._again = False
        if again:
            self._look()
        return again

    def _columns_changed(self) -> None:
        self._data = replace(self._data, columns=self.columns.columns())
        self.use.setEnabled(True)
        self._look()

    def _use(self) -> None:
        self.chosen.emit(self._data.columns)
        self.accept()

    def _say(self, text: str, role: str = "muted") -> None:
        self.state.setText(text)
        self.state.setAccessibleName(text)
        set_role(self.state, role)


def summary(found: Preview) -> str:
    """What was looked at, in a sentence."""
    records = f"{found.looked:,} record{'s' * (found.looked != 1)}"
    looked = f"All {records} looked at" if found.whole else f"The first {records} looked at"
    return f"{looked}; {len(found.skipped):,} would be left out." if found.skipped else f"{looked}."
