"""Export: format, rows, destination. It stays until the export is written; a cancelled one writes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QFormLayout, QLayout, QVBoxLayout, QWidget

from studio.domain.errors import Cancelled
from studio.domain.export import ExportFilter
from studio.services.export import ExportFormat, ExportResult, export, formats
from studio.services.export.labelled import Labelled, read_labelled
from studio.services.jobs import Job
from studio.ui.exporting.destination import Destination
from studio.ui.exporting.filters import ExportFilters
from studio.ui.exporting.job_context import JobContext
from studio.ui.exporting.look import ExportLook
from studio.ui.job_runner import JobRunner
from studio.ui.labels import label, line, set_role
from studio.ui.progress_line import progress_line, set_share
from studio.ui.review.plain import plain_tip

COUNT_AFTER_MS = 120
STOPPED = "Cancelled. Nothing was written."
NONE_REVIEWED = "Nothing is reviewed yet. Untick “Reviewed only” to write the proposals alone."


class ExportDialog(QDialog):
    """`exported` carries what was written, `pushed` where it went, once it is there."""

    exported = Signal(object)
    pushed = Signal(object)

    def __init__(self, runner: JobRunner, project: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._labelled: Labelled | None = None
        self._job: Job | None = None
        self._forms: list[ExportFormat] = formats(wait=False)
        self.setWindowTitle("Export")
        self.setObjectName("export")
        self.format = QComboBox()
        self.format.setAccessibleName("Format")
        for form in self._forms:
            self.format.addItem(form.title, form.name)
        self.note = label("", "muted", wrap=True)
        self.filters, self.look, self.to = ExportFilters(), ExportLook(), Destination(project)
        self.count = label("Counting rows…", "muted", wrap=True)
        self.problem = label("", "bad", wrap=True)
        self.progress = progress_line("Progress of the export")
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.save_button = self._buttons.addButton("Export", QDialogButtonBox.ButtonRole.AcceptRole)
        self.save_button.setProperty("role", "primary")
        self._counting = QTimer(self, singleShot=True, interval=COUNT_AFTER_MS)
        self._build()
        self._connect()
        self._show_form()
        runner.db("Reading the labels", read_labelled, done=self._read, failed=self._failed)

    @property
    def form(self) -> ExportFormat:
        """The format that is chosen."""
        return self._forms[self.format.currentIndex()]

    def choose(self, name: str) -> None:
        """Choose a format by its name."""
        self.format.setCurrentIndex(self.format.findData(name))

    def start(self) -> None:
        """Write the export; the dialog closes when it is there."""
        self.to.check()
        if not self.save_button.isEnabled():
            return
        ctx, out = JobContext(), self.to.path
        options = (
            self.form.name,
            False,
            self.to.replace.isChecked(),
            self.filters.where(),
            self.look.options(),
        )
        title = f"Exporting to {out.name}"
        job = self._runner.db(title, export, out, *options, ctx, done=self._written, failed=self._failed)
        ctx.job = job
        self._run(job, f"Writing {out.name}…")

    def reject(self) -> None:
        """While something is written: stop it. Else close; nothing was changed."""
        if self._job is not None:
            self._job.cancel()
            self._say("Stopping…")
        else:
            super().reject()

    def _written(self, result: ExportResult) -> None:
        self._job = None
        self.exported.emit(result)
        if self.look.push.isChecked():
            self._push(result)
        else:
            self.accept()

    def _push(self, result: ExportResult) -> None:
        from studio.services.hub_push import push_folder

        repo, private = self.look.repo.text().strip(), self.look.private.isChecked()
        given = (result.path, repo, private, self.to.replace.isChecked())
        job = self._runner.compute(
            f"Pushing to {repo}", push_folder, *given, done=self._was_pushed, failed=self._failed
        )
        self._run(job, f"Pushing to {repo}…")

    def _was_pushed(self, done: Any) -> None:
        self._job = None
        self.pushed.emit(done)
        self.accept()

    def _failed(self, error: BaseException) -> None:
        self._job = None
        self._enable(True)
        self._say(STOPPED if isinstance(error, Cancelled) else str(error), "bad")

    def _run(self, job: Job, text: str) -> None:
        self._job = job
        self._enable(False)
        self._say(text)

    def _progressed(self, job: Job) -> None:
        if job is self._job:
            set_share(self.progress, job.progress.share)

    def _enable(self, on: bool) -> None:
        for widget in (self.format, self.filters, self.look, self.to):
            widget.setEnabled(on)
        self.progress.setVisible(not on)
        self._check() if on else self.save_button.setEnabled(False)

    def _read(self, labelled: Labelled) -> None:
        self._labelled = labelled
        self.filters.set_annotators(labelled.annotators)
        self._count()

    def _count(self) -> None:
        if self._labelled is not None and self._job is None:
            given = (self._labelled, self.filters.where())
            self._runner.db("Counting rows", count_rows, *given, done=self._counted, failed=self._failed)

    def _counted(self, rows: int) -> None:
        if self._job is None:
            self._say(f"{rows:,} row{'s' * (rows != 1)}" if rows else self._none())

    def _none(self) -> str:
        """Why there is no row, and what to do."""
        only_reviewed = self.filters.where() == ExportFilter(reviewed=True)
        return NONE_REVIEWED if only_reviewed else "No row passes the filters."

    def _say(self, text: str, role: str = "muted") -> None:
        self.count.setText(text)
        set_role(self.count, role)

    def _show_form(self) -> None:
        self.note.setText(self.form.note or "A format of a plug-in.")
        self.look.set_form(self.form.name)
        self.to.set_form(self.form)
        self._make_room()

    def _make_room(self) -> None:
        """A smallest size knows nothing of words that break into lines: the form would be squeezed."""
        layout = self.layout()
        layout.activate()
        needed = layout.totalHeightForWidth(self.width())
        if self.height() < needed:
            self.resize(self.width(), needed)

    def _check(self) -> None:
        problem = self.to.problem or self.look.problem
        self.problem.setText(self.look.problem)
        self.problem.setVisible(bool(self.look.problem))
        self._make_room()
        self.save_button.setEnabled(not problem and self._job is None)
        self.save_button.setToolTip(plain_tip(problem) if problem else "")

    def _connect(self) -> None:
        self.format.currentIndexChanged.connect(lambda _at: self._show_form())
        self.filters.changed.connect(self._counting.start)
        self._counting.timeout.connect(self._count)
        self.to.changed.connect(self._check)
        self.look.changed.connect(self._check)
        self._runner.progress.connect(self._progressed)
        self._buttons.accepted.connect(self.start)
        self._buttons.rejected.connect(self.reject)

    def _build(self) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(8)
        form.addRow(label("Format", "muted"), self.format)
        form.addRow(self.note)
        layout = QVBoxLayout(self)
        layout.setSizeConstraint(QLayout.SizeConstraint.SetMinimumSize)
        layout.setContentsMargins(24, 20, 24, 16)
        layout.setSpacing(12)
        layout.addWidget(label("Export", "title"))
        layout.addLayout(form)
        rule = line()
        rule.setMinimumWidth(512)
        rows = (rule, self.filters, self.look, self.problem, line(), self.to, self.count, self.progress)
        for widget in rows:
            layout.addWidget(widget)
        layout.addStretch(1)
        layout.addWidget(self._buttons)
        self.progress.hide()


def count_rows(_project: Any, labelled: Labelled, where: Any) -> int:
    """How many rows a filter leaves: counted in the lane, where it may take its time."""
    return labelled.count(where)
