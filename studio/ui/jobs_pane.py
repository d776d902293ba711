"""Every job of this sitting: progress, time left, cancel, log."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from studio.domain.errors import Cancelled
from studio.services.jobs import Job, JobState
from studio.ui.job_runner import JobRunner
from studio.ui.labels import ElidedLabel, duration, label, number_label, set_role
from studio.ui.progress_line import progress_line, set_share
from studio.ui.review.plain import plain_tip

LOG_LINES = 5000


class JobsPane(QFrame):
    """Compute jobs, the newest first; the log of the chosen one at the right."""

    def __init__(self, runner: JobRunner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self._rows: dict[str, JobRow] = {}
        self._empty = label("No job has run yet. Open the demo or make a new project.", "muted")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._log = QPlainTextEdit()
        self._log.setReadOnly(True)
        self._log.setMaximumBlockCount(LOG_LINES)
        self._log.setPlaceholderText("The log of the chosen job")
        self._log.setAccessibleName("Log of the job")
        self._shown: Job | None = None
        self._build()
        runner.waiting.connect(self._add)
        runner.started.connect(self._update)
        runner.progress.connect(self._update)
        runner.ended.connect(self._update)
        runner.logged.connect(self._logged)

    def cancel_running(self) -> None:
        """Cancel the job that runs, and those that wait behind it."""
        for row in self._rows.values():
            row.cancel()

    def row(self, job: Job) -> JobRow | None:
        """The row of a job, None for one of the db lane."""
        return self._rows.get(job.id)

    def _build(self) -> None:
        inner = QWidget()
        self._list = QVBoxLayout(inner)
        self._list.setContentsMargins(8, 8, 8, 8)
        self._list.setSpacing(8)
        self._list.addWidget(self._empty)
        self._list.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(inner)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(scroll)
        split.addWidget(self._log)
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addWidget(split)

    def _add(self, job: Job) -> None:
        if job.lane != "compute":
            return
        self._empty.hide()
        row = JobRow(job)
        row.log_button.clicked.connect(lambda: self.show_log(job))
        self._rows[job.id] = row
        self._list.insertWidget(0, row)
        self.show_log(job)

    def show_log(self, job: Job) -> None:
        """Show the log of one job."""
        self._shown = job
        self._log.setPlainText("\n".join(job.lines[-LOG_LINES:]))

    def _update(self, job: Job) -> None:
        row = self._rows.get(job.id)
        if row is None:
            return
        row.show_state()
        if job.ended and job is self._shown and job.error is not None:
            self._log.appendPlainText(str(job.error))

    def _logged(self, job: Job, text: str) -> None:
        if job is self._shown:
            self._log.appendPlainText(text)


class JobRow(QFrame):
    """One job: what it is, how far it is, and the button that ends it."""

    def __init__(self, job: Job, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self._job = job
        self._title = ElidedLabel(job.title)
        self._state = number_label()
        self._text = ElidedLabel("", "muted")
        self._bar = progress_line(f"Progress of {job.title}")
        self.cancel_button = QPushButton("Cancel")
        self.cancel_button.setAccessibleName(f"Cancel {job.title}")
        self.cancel_button.clicked.connect(self.cancel)
        self.log_button = QPushButton("Log")
        self.log_button.setAccessibleName(f"Log of {job.title}")
        self._build()
        self.show_state()

    def show_state(self) -> None:
        """Draw what the job says now."""
        job = self._job
        set_share(self._bar, 1.0 if job.state is JobState.DONE else job.progress.share)
        self._bar.setVisible(not job.ended)
        self.cancel_button.setVisible(not job.ended)
        self._state.setText(state_text(job))
        self._text.setText(str(job.error) if _failed(job) else job.progress.text)
        set_role(self._text, "bad" if _failed(job) else "muted")
        self._text.setToolTip(plain_tip(self._text.text()))

    def cancel(self) -> None:
        """Ask the job to end; one that has ended stays as it is."""
        if self._job.ended:
            return
        self._job.cancel()
        self.cancel_button.setEnabled(False)
        self.cancel_button.setText("Cancelling …")

    def _build(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(12)
        top.addWidget(self._title, 1)
        top.addWidget(self._state)
        top.addWidget(self.log_button)
        top.addWidget(self.cancel_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.setSpacing(4)
        layout.addLayout(top)
        layout.addWidget(self._bar)
        layout.addWidget(self._text)


def _failed(job: Job) -> bool:
    return job.error is not None and not isinstance(job.error, Cancelled)


def state_text(job: Job) -> str:
    """One or two words, and the time left while the job runs."""
    if job.state is not JobState.RUNNING:
        return {"waiting": "Waiting", "done": "Done", "failed": "Failed", "cancelled": "Cancelled"}[job.state]
    share = f"{job.progress.share * 100:.0f} %"
    left = job.progress.seconds_left
    return share if left is None else f"{share} · {duration(left)} left"
