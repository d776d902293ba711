"""Neurons with everything, read in the `db` lane: the one that is wanted, and those likely to be next."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from studio.services.neuron_detail import NeuronDetail
from studio.ui.job_runner import JobRunner
from studio.ui.review.bounded import Bounded
from studio.ui.review.reading import load_detail

KEPT = 32
#: The neighbours are made ready when the neuron in front and its histogram are painted, one at a time: that
#: takes the window's time, and whoever steps on in between does not wait for all of them.
NEIGHBOURS_MS, NEXT_NEIGHBOUR_MS = 40, 5


class DetailReader(QObject):
    """`arrived` carries a NeuronDetail that was read; `near` one that was kept and is likely next."""

    arrived = Signal(object)
    near = Signal(object)

    def __init__(self, runner: JobRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._annotator = ""
        self._kept: Bounded[NeuronDetail] = Bounded(KEPT)
        self._asked: set[int] = set()
        self._round = 0
        self._likely: Callable[[], list[int]] | None = None
        self._neighbours: list[int] = []
        self._ahead = QTimer(self, singleShot=True)
        self._ahead.timeout.connect(self._next_neighbour)

    def get(self, neuron: int | None) -> NeuronDetail | None:
        """What is kept of a neuron."""
        return None if neuron is None else self._kept.get(neuron)

    def put(self, detail: NeuronDetail) -> None:
        """Keep a neuron as it is now."""
        self._kept.put(detail.neuron, detail)

    def drop(self, neuron: int) -> None:
        """A neuron is another one now: it is read again when it is wanted."""
        self._kept.drop(neuron)

    def forget(self, annotator: str) -> None:
        """Forget all of them; from now on they are read as this annotator sees them."""
        self._round += 1
        self._annotator = annotator
        self._ahead.stop()
        self._likely, self._neighbours = None, []
        self._kept.clear()
        self._asked.clear()

    def fetch(self, neuron: int) -> None:
        """Have a neuron read, unless it is on its way."""
        if neuron in self._asked:
            return
        self._asked.add(neuron)
        now, title = self._round, f"Reading neuron {neuron}"
        self._runner.db(
            title,
            load_detail,
            neuron,
            self._annotator,
            done=lambda detail: self._fetched(now, detail),
            failed=lambda error: self._failed(now, neuron, title, error),
        )

    def look_ahead(self, likely: Callable[[], list[int]]) -> None:
        """Have those ready soon that `likely` will name then, instead of those before."""
        self._likely = likely
        # While a key is held down the timer runs on, so that those further on are read in time.
        if not self._ahead.isActive():
            self._ahead.start(NEIGHBOURS_MS)

    def _next_neighbour(self) -> None:
        if self._likely is not None:
            self._neighbours, self._likely = self._likely(), None
        if not self._neighbours:
            return
        neuron = self._neighbours.pop(0)
        kept = self._kept.get(neuron)
        if kept is None:
            self.fetch(neuron)
        else:
            self.near.emit(kept)
        self._ahead.start(NEXT_NEIGHBOUR_MS)

    def _fetched(self, asked_in: int, detail: NeuronDetail) -> None:
        if asked_in == self._round:
            self._asked.discard(detail.neuron)
            self._kept.put(detail.neuron, detail)
            self.arrived.emit(detail)

    def _failed(self, asked_in: int, neuron: int, title: str, error: BaseException) -> None:
        """Whoever comes back to it tries again."""
        if asked_in == self._round:
            self._asked.discard(neuron)
            self._runner.failed.emit(title, error)
