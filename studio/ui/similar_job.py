"""Starts the computation of similar neurons and of the map, for projects that have neither."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from studio.domain.errors import Cancelled
from studio.services.places import work_folder
from studio.services.similar import similar_step
from studio.ui.job_runner import JobRunner
from studio.ui.session import Session

TITLE = "Finding similar neurons"
BUSY = "Another job is running. Try again when it is done."


class SimilarJob(QObject):
    """One at a time in the compute lane. `told` carries a sentence, "" at the end; `done`: all is kept."""

    told = Signal(str)
    done = Signal()

    def __init__(self, runner: JobRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner = runner

    def start(self, session: Session) -> None:
        """Begin, unless something computes already."""
        if self._runner.computing():
            self.told.emit(BUSY)
            return
        self.told.emit("Computing. The jobs pane (View menu) shows how far it is and can cancel it.")
        steps = [similar_step(work_folder(session.path))]
        self._runner.steps(TITLE, steps, done=self._ended, failed=self._failed)

    def _ended(self, _changes: object) -> None:
        self.told.emit("")
        self.done.emit()

    def _failed(self, error: BaseException) -> None:
        cancelled = isinstance(error, Cancelled)
        self.told.emit("It was cancelled." if cancelled else "It was not computed.")
        if not cancelled:
            self._runner.failed.emit("Similar neurons were not found", error)
