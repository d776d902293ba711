"""Connects the panel of similar neurons with the project, a moment after a neuron was shown."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from studio.services.similar import SimilarTo, similar_to
from studio.ui.job_runner import JobRunner
from studio.ui.review.similar_panel import SimilarPanel
from studio.ui.similar_job import SimilarJob

LATER_MS = 60


class SimilarReader(QObject):
    """Reads after the neuron in front was painted: a step to the next one does not wait for it."""

    list_asked = Signal(object, str)

    def __init__(self, panel: SimilarPanel, runner: JobRunner, controller: Any, parent: QObject) -> None:
        super().__init__(parent)
        self._panel, self._runner, self._controller = panel, runner, controller
        self.session: Any = None
        self.job = SimilarJob(runner, self)
        self._later = QTimer(self, singleShot=True, interval=LATER_MS)
        self._later.timeout.connect(self._read)
        controller.shown.connect(lambda _detail: self._soon())
        controller.label_changed.connect(self._renamed)
        panel.chosen.connect(controller.show)
        panel.list_asked.connect(self.list_asked)
        panel.compute_asked.connect(lambda: self.session and self.job.start(self.session))
        self.job.told.connect(panel.tell)
        self.job.done.connect(self._read)

    def close(self) -> None:
        """The project is closed."""
        self._later.stop()
        self.session = None
        self._panel.show_similar(None, str)

    def _renamed(self, neuron: int) -> None:
        """The list shows concepts: it is made anew where it names a neuron that was labelled."""
        if neuron in self._panel.listed()[1:]:
            self._show(self._panel.found)

    def _soon(self) -> None:
        if self._panel.found is not None and self._panel.found.neuron != self._controller.current:
            self._panel.wait()
        self._later.start()

    def _read(self) -> None:
        neuron = self._controller.current
        if neuron is not None:
            self._runner.db("Reading similar neurons", similar_to, neuron, done=self._show)

    def _show(self, found: SimilarTo | None) -> None:
        rows = self._controller.rows
        if found is not None and rows is not None and found.neuron == self._controller.current:
            self._panel.show_similar(found, rows.columns.concept)
