"""Asks the compute lane what a neuron does on an edited sample; of many edits only the newest counts."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from studio.domain.errors import Cancelled, UserError
from studio.domain.evidence import StoredSample
from studio.domain.specs import CausalSpec
from studio.services.reactivate import Edits, Reactivation, reactivate
from studio.ui.job_runner import JobRunner

#: A pause in the brushing this long starts a run.
PAUSE_MS = 80
GONE = "The neuron cannot be run again here: {why}"


class EraseRun(QObject):
    """One run at a time. `found` carries a Reactivation, `failed` a sentence, `busy` whether one is awaited.

    The networks are loaded once, in the compute child, and stay there; what is asked while a run is under way
    is run after it, the newest alone.
    """

    found = Signal(object)
    failed = Signal(str)
    busy = Signal(bool)

    def __init__(self, runner: JobRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._sample: StoredSample | None = None
        self._neuron = -1
        self._source: tuple[CausalSpec, list[bytes]] | None = None
        self._edits = Edits()
        self._running = False
        self._round = 0
        self._stale = False
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self._run)

    def start(self, neuron: int, sample: StoredSample) -> None:
        """Another sample, unedited: runs it at once, so that the networks are there when the brush is."""
        self.stop()
        self._neuron, self._sample, self._edits = neuron, sample, Edits()
        now = self._round
        self.busy.emit(True)
        self._runner.db(
            "Reading the sample",
            erase_source,
            sample,
            done=lambda source: self._read(now, source),
            failed=lambda error: self._failed(now, error),
        )

    def edit(self, edits: Edits) -> None:
        """What is taken out now; runs after a short pause."""
        self._edits = edits
        self._pause.start()

    def stop(self) -> None:
        """Nothing that is under way matters any more."""
        self._round += 1
        self._pause.stop()
        self._sample, self._source, self._stale = None, None, False

    @property
    def waits(self) -> bool:
        """Whether another job is in the way of the first run."""
        return self._runner.computing() and not self._running

    def _read(self, asked_in: int, source: tuple[CausalSpec, list[bytes]]) -> None:
        if asked_in == self._round:
            self._source = source
            self._run()

    def _run(self) -> None:
        if self._sample is None or self._source is None:
            return
        if self._running:
            self._stale = True
            return
        self._running, self._stale = True, False
        now, (spec, jpegs) = self._round, self._source
        self.busy.emit(True)
        self._runner.compute(
            f"Neuron {self._neuron} on an edited sample",
            reactivate,
            *(spec, self._sample, jpegs, self._neuron, self._edits),
            done=lambda result: self._ended(now, result),
            failed=lambda error: self._failed(now, error),
        )

    def _ended(self, asked_in: int, result: Reactivation) -> None:
        self._running = False
        if asked_in != self._round or self._stale:
            self._run()
            return
        self.busy.emit(False)
        self.found.emit(result)

    def _failed(self, asked_in: int, error: BaseException) -> None:
        self._running = False
        if asked_in != self._round:
            self._run()
            return
        self.busy.emit(False)
        if isinstance(error, Cancelled):
            self.failed.emit("The run was cancelled.")
        elif isinstance(error, UserError):
            self.failed.emit(GONE.format(why=str(error)))
        else:
            self.failed.emit(GONE.format(why="something went wrong."))
            self._runner.failed.emit("The edited sample was not run", error)


def erase_source(project: Any, sample: StoredSample) -> tuple[CausalSpec, list[bytes]]:
    """The model and SAE of the extraction, and the JPEGs of the sample's pictures. Runs in the `db` lane."""
    from studio.services.causal import causal_spec

    return causal_spec(project), [project.pictures.get(picture.row) for picture in sample.all_pictures]
