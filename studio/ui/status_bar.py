"""The bar below: saved or not, the running job with its time left, the file, the device."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStatusBar, QWidget

from studio.services.jobs import Job, JobState
from studio.ui.actions import ActionRegistry
from studio.ui.bound import Bound
from studio.ui.job_runner import JobRunner
from studio.ui.labels import ElidedLabel, duration, label, number_label, set_role
from studio.ui.progress_line import progress_line, set_share
from studio.ui.review.plain import plain_tip

WORD_MS = 8000


class StatusBar(QStatusBar):
    """State is always in sight. The job's figures open the jobs pane."""

    def __init__(self, runner: JobRunner, actions: ActionRegistry, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeGripEnabled(False)
        self._job: Job | None = None
        self._curve = ""
        self._saved = label("", "muted")
        self._title = QPushButton()
        self._title.setProperty("role", "link")
        self._title.setAccessibleName("Running job")
        Bound(self._title, "view.jobs", actions, "Show the jobs")
        self._bar = progress_line("Progress of the running job", 220)
        self._figures = number_label()
        self._word = ElidedLabel("", "good")
        self._word_timer = QTimer(self, singleShot=True, interval=WORD_MS)
        self._word_timer.timeout.connect(lambda: self._word.setText(""))
        self._file = ElidedLabel("", "muted")
        self.addWidget(self._left(), 1)
        self.addPermanentWidget(self._word)
        self.addPermanentWidget(self._file)
        device = label(device_text(), "muted")
        device.setContentsMargins(12, 0, 16, 0)
        self.addPermanentWidget(device)
        runner.started.connect(self._started)
        runner.progress.connect(self._progressed)
        runner.curve.connect(self._curved)
        runner.ended.connect(self._ended)
        self._show_job(None)

    def set_saved(self, saved: bool, text: str = "") -> None:
        """Whether every decision is in the file; `text` says what failed, and stays until it worked."""
        self._saved.setText(f"● {text or 'Saved'}" if saved else f"▲ Not saved. {text}")
        set_role(self._saved, "muted" if saved else "bad")

    def tell(self, text: str) -> None:
        """A passing word beside the file name: an export was written."""
        self._word.setText(text)
        self._word_timer.start()

    def set_file(self, path: Path | None) -> None:
        """The open project, None for none."""
        self._file.setText(path.name if path else "")
        self._file.setToolTip(plain_tip(str(path)) if path else "")
        if path is None:
            self._saved.setText("")
        else:
            self.set_saved(True)

    def _left(self) -> QWidget:
        left = QWidget()
        row = QHBoxLayout(left)
        row.setContentsMargins(16, 0, 8, 0)
        row.setSpacing(12)
        for part in (self._saved, self._title, self._bar, self._figures):
            row.addWidget(part)
        row.addStretch(1)
        return left

    def _started(self, job: Job) -> None:
        if job.lane == "compute":
            self._curve = ""
            self._show_job(job)

    def _progressed(self, job: Job) -> None:
        if job.lane == "compute" and job.state is JobState.RUNNING:
            self._show_job(job)

    def _curved(self, job: Job, _step: int, values: dict[str, float]) -> None:
        if "fvu" in values:
            self._curve = f"FVU {values['fvu']:.3f}".replace("0.", ".", 1)

    def _ended(self, job: Job) -> None:
        if job is self._job:
            self._show_job(None)

    def _show_job(self, job: Job | None) -> None:
        self._job = job
        for part in (self._title, self._bar, self._figures):
            part.setVisible(job is not None)
        if job is not None:
            # Of a pipeline the step, of any other job its title.
            step = job.progress.text.split(":")[0] if " of " in job.progress.text else job.title
            self._title.setText(step.replace("&", "&&"))
            set_share(self._bar, job.progress.share)
            self._figures.setText(job_figures(job, self._curve))


def job_figures(job: Job, curve: str = "") -> str:
    """Share done, time left and the last curve value, as far as they are known."""
    parts = [f"{job.progress.share * 100:.0f} %"]
    if job.progress.seconds_left is not None:
        parts.append(f"{duration(job.progress.seconds_left)} left")
    return " · ".join(parts + [curve] * bool(curve))


def device_text() -> str:
    """What computations run on, as far as it can be said without loading torch."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return "GPU" if shutil.which("nvidia-smi") else f"CPU · {cores} cores"
