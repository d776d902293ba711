"""Bulk acts on their way: looked at first, then saved part after part, between the reviewer's decisions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from studio.services.bulk import BulkKind, BulkPlan, apply_part, plan_bulk
from studio.ui.job_runner import JobRunner
from studio.ui.review.controller import ReviewController
from studio.ui.review.save_queue import Decision, Problem, Saved


class BulkActs(QObject):
    """`planned` (BulkPlan): what an act would change. `progress` (done, total) while it is written.
    `finished` (BulkPlan, done): all of it is in the file, or as much as was when it was stopped."""

    planned = Signal(object)
    progress = Signal(int, int)
    finished = Signal(object, int)

    def __init__(self, runner: JobRunner, control: ReviewController) -> None:
        super().__init__(control)
        self._runner, self._control = runner, control
        self._plan: BulkPlan | None = None
        self._parts: list[list[int]] = []
        self._sent: Decision | None = None
        self._done = 0
        control.saves.saved.connect(self._saved)
        control.saves.problem.connect(self._problem)

    @property
    def running(self) -> bool:
        """Whether an act is being written."""
        return self._plan is not None

    def look(self, kind: BulkKind, neurons: Sequence[int], value: Any = None) -> None:
        """See what an act would change."""
        who = self._control.annotator
        title = f"Looking at {len(neurons):,} neurons"
        self._runner.db(title, plan_bulk, who, kind, list(neurons), value, done=self.planned.emit)

    def start(self, plan: BulkPlan) -> None:
        """Write it. One at a time: a second one waits for nobody and is dropped."""
        if self._plan is None and plan.new:
            self._plan, self._parts, self._done = plan, plan.parts(), 0
            self.progress.emit(0, len(plan.new))
            self._next()

    def stop(self) -> None:
        """Write no further part. What is written stays; one undo takes it back."""
        self._parts = []

    def _next(self) -> None:
        plan, who = self._plan, self._control.annotator
        assert plan is not None
        if not self._parts:
            self._plan, self._sent = None, None
            self.finished.emit(plan, self._done)
            return
        part = self._parts.pop(0)

        def write(project: Any, annotator: str) -> Any:
            return apply_part(project, annotator, plan, part)

        self._sent = Decision(plan.title, None, who, write, quiet=True)
        self._control.saves.put(self._sent)

    def _saved(self, saved: Saved) -> None:
        if self._plan is None or saved.decision is not self._sent:
            return
        total, left = len(self._plan.new), sum(map(len, self._parts))
        # A stopped act has fewer parts left than it had: what was written is what counts.
        self._done += len(saved.labels)
        self.progress.emit(total - left, total)
        self._next()

    def _problem(self, problem: Problem | None) -> None:
        """A part that is given up ends the act; while it waits to be tried again nothing happens."""
        sent = self._sent
        if problem is None and sent is not None and not self._control.saves.holds(sent):
            # Saved after all, `_saved` comes next and sends another part.
            QTimer.singleShot(0, self, lambda: self._given_up(sent))

    def _given_up(self, sent: Decision) -> None:
        if self._sent is sent:
            self.stop()
            self._next()
