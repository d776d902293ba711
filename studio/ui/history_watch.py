"""Looks through the history of every project that is opened, while nobody waits for the lane."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from studio.ui.job_runner import JobRunner

if TYPE_CHECKING:
    from studio.services.history_check import HistoryCheck

#: Between two turns the lane is free for whoever waits.
TURN_MS = 30


class HistoryWatch(QObject):
    """`damaged` carries the sentence on a history that is not as it was written."""

    damaged = Signal(str)

    def __init__(self, runner: JobRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._round = 0
        self._state: HistoryCheck | None = None
        self._turn = QTimer(self, singleShot=True, interval=TURN_MS)
        self._turn.timeout.connect(self._look)

    def start(self) -> None:
        """Another project is open."""
        self._round += 1
        self._state = None
        self._turn.start()

    def stop(self) -> None:
        """No project is open any more."""
        self._round += 1
        self._turn.stop()

    def _look(self) -> None:
        now = self._round
        self._runner.db(
            "Checking the history", _look, self._state,
            done=lambda found: self._looked(now, *found), failed=lambda _error: None,
        )  # fmt: skip

    def _looked(self, asked_in: int, state: HistoryCheck, said: str) -> None:
        if asked_in != self._round:
            return
        self._state = state
        if not state.complete:
            self._turn.start()
        elif said:
            self.damaged.emit(said)


def _look(project: Any, so_far: HistoryCheck | None) -> tuple[HistoryCheck, str]:
    """Runs in the `db` lane."""
    from studio.services.history_check import check_history, damage  # nothing of a file before one is open

    state = check_history(project, so_far)
    return state, damage(project, state) if state.complete else ""
