"""Import labels: a file, whose labels they become, and what would change, before anything is written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from studio.domain.changes import Changes
from studio.domain.errors import Cancelled
from studio.services.importing import ImportPlan, import_labels, plan_import
from studio.services.jobs import Job
from studio.ui.exporting.job_context import JobContext
from studio.ui.file_dialogs import ask_open
from studio.ui.job_runner import JobRunner
from studio.ui.labels import label, set_role
from studio.ui.progress_line import progress_line, set_share

FILTER = "Labels (*.jsonl *.ndjson *.csv);;All files (*)"
LOOK_AFTER_MS = 250
STOPPED = "Cancelled. Nothing was changed."
EVERYBODY = "Everybody in the file"
HINT = "Choose a .jsonl or .csv file. Nothing is written before you have seen what would change."


class ImportDialog(QDialog):
    """`imported` carries the plan that was written. A cancelled dialog changes nothing."""

    imported = Signal(object)

    def __init__(self, runner: JobRunner, annotator: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._plan: ImportPlan | None = None
        self._job: Job | None = None
        self._pending, self._writing = 0, False
        self.setWindowTitle("Import labels")
        self.setObjectName("import_labels")
        self.file = QLineEdit()
        self.file.setAccessibleName("File with labels")
        self.browse = QPushButton("Browse…")
        self.browse.setAccessibleName("Browse for a file with labels")
        self.annotator = QLineEdit(annotator)
        self.annotator.setAccessibleName("Whose labels they become")
        self.annotator.setMaxLength(80)
        self.of = QComboBox()
        self.of.setAccessibleName("Rows of")
        self.of.addItem(EVERYBODY)
        self.found = label(HINT, "muted", wrap=True)
        self.problems = QPlainTextEdit()
        self.problems.setReadOnly(True)
        self.problems.setAccessibleName("Problems in the file")
        self.problems.hide()
        self.progress = progress_line("Progress of the import")
        self.progress.hide()
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.import_button = self._buttons.addButton("Import", QDialogButtonBox.ButtonRole.AcceptRole)
        self.import_button.setProperty("role", "primary")
        self.import_button.setEnabled(False)
        self._looking = QTimer(self, singleShot=True, interval=LOOK_AFTER_MS)
        self._build()
        self._connect()

    def look(self) -> None:
        """Read the file and compare, in the lane."""
        self._looking.stop()
        if self._writing:
            return
        self._plan = None
        self.import_button.setEnabled(False)
        if not self.file.text().strip():
            self._say(HINT)
            return
        self._pending += 1
        path = Path(self.file.text().strip()).expanduser()
        self._say(f"Reading {path.name}…")
        given = (path, self.annotator.text(), self.of.currentData())
        self._stop()
        self._run("Reading labels", plan_import, *given, done=self._planned, failed=self._refused)

    def start(self) -> None:
        """Write what was shown."""
        plan = self._plan
        if plan is None or plan.problems or not plan.acts:
            return
        self.import_button.setEnabled(False)
        self._writing = True
        self._say(f"Importing {plan.path.name}…")
        title = f"Importing {plan.path.name}"
        self._run(title, import_labels, plan, done=self._done, failed=self._not_written)

    def reject(self) -> None:
        """While something is written: stop it, and nothing is changed. Else close."""
        self._stop()
        if self._writing:
            self._say("Stopping…")
        else:
            super().reject()

    def _run(self, title: str, work: Callable[..., Any], *given: Any, **more: Any) -> None:
        ctx = JobContext()
        ctx.job = self._job = self._runner.db(title, work, *given, ctx, **more)
        set_share(self.progress, 0)
        self.progress.show()

    def _stop(self) -> None:
        if self._job is not None:
            self._job.cancel()

    def _progressed(self, job: Job) -> None:
        if job is self._job:
            set_share(self.progress, job.progress.share)

    def _ended(self) -> None:
        self._job = None
        self.progress.hide()

    def _planned(self, plan: ImportPlan) -> None:
        self._pending -= 1
        if self._pending:  # another file or name was asked for since
            return
        self._ended()
        self._plan = plan
        self._offer(plan.annotators)
        more = f" and {plan.wrong - len(plan.problems):,} more" if plan.wrong > len(plan.problems) else ""
        self.problems.setPlainText("\n".join(plan.problems) + more)
        self.problems.setVisible(bool(plan.problems))
        text = f"{plan.summary}."
        if plan.problems:
            text += f" {plan.wrong:,} problem{'s' * (plan.wrong != 1)}: correct the file to import it."
        elif not plan.acts:
            text += " There is nothing to import."
        self._say(text, "bad" if plan.problems else "")
        self.import_button.setEnabled(bool(plan.acts) and not plan.problems)

    def _refused(self, error: BaseException) -> None:
        self._pending -= 1
        if not self._pending:
            self._ended()
            self.problems.hide()
            self._say(str(error), "bad")

    def _not_written(self, error: BaseException) -> None:
        self._writing = False
        self._ended()
        self._say(STOPPED if isinstance(error, Cancelled) else str(error), "bad")
        self.import_button.setEnabled(isinstance(error, Cancelled))

    def _offer(self, names: tuple[str, ...]) -> None:
        """Whose rows can be taken, where the file has those of several people."""
        if [self.of.itemData(i) for i in range(1, self.of.count())] == list(names):
            return
        chosen = self.of.currentData()
        self.of.blockSignals(True)
        self.of.clear()
        self.of.addItem(EVERYBODY)
        for name in names:
            self.of.addItem(name, name)
        self.of.setCurrentIndex(max(self.of.findData(chosen), 0))
        self.of.blockSignals(False)

    def _done(self, _changes: Changes) -> None:
        self.imported.emit(self._plan)
        self.accept()

    def _say(self, text: str, role: str = "muted") -> None:
        self.found.setText(text)
        set_role(self.found, role)

    def _choose(self) -> None:
        start = self.file.text() or str(Path.home())
        ask_open(self, "Import labels", start, self._chosen, FILTER)

    def _chosen(self, name: str) -> None:
        self.file.setText(name)
        self.look()

    def _connect(self) -> None:
        self.browse.clicked.connect(self._choose)
        for field in (self.file, self.annotator):
            field.textChanged.connect(lambda _text: self._later())
        self.of.currentIndexChanged.connect(lambda _at: self.look())
        self._looking.timeout.connect(self.look)
        self._runner.progress.connect(self._progressed)
        self._buttons.accepted.connect(self.start)
        self._buttons.rejected.connect(self.reject)

    def _later(self) -> None:
        self._plan = None
        self.import_button.setEnabled(False)
        self._looking.start()

    def _build(self) -> None:
        file: Any = QHBoxLayout()
        file.setSpacing(8)
        file.addWidget(self.file, 1)
        file.addWidget(self.browse)
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(12)
        form.addRow(label("File", "muted"), file)
        form.addRow(label("Rows of", "muted"), self.of)
        form.addRow(label("Become labels of", "muted"), self.annotator)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 16)
        layout.setSpacing(12)
        layout.addWidget(label("Import labels", "title"))
        layout.addLayout(form)
        layout.addWidget(self.found)
        layout.addWidget(self.progress)
        layout.addWidget(self.problems, 1)
        layout.addStretch(0)
        layout.addWidget(self._buttons)
        self.setMinimumWidth(560)
