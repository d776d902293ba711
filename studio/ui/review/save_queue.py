"""Decisions on their way into the project, one after another. One that fails stays until it is saved."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from studio.domain.annotation import Event, Label
from studio.domain.changes import Changes
from studio.services.neuron_detail import Cover
from studio.ui.job_runner import JobRunner

#: A save that takes longer than this says so.
SLOW_MS = 150
#: More neurons than this are shown anew together, not one by one.
MANY = 50

Write = Callable[[Any, str], Changes | None]


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be written: `write(project, annotator)` runs in the `db` lane. `title` says it in words.

    `leads_on` means that the next neuron is shown once it is saved; a `quiet` one brings no neuron to the
    front; one that `reveals` changes nothing where something must be said first.
    """

    title: str
    neuron: int | None
    annotator: str
    write: Write
    leads_on: bool = False
    quiet: bool = False
    reveals: bool = False


@dataclass(frozen=True, slots=True)
class Saved:
    """What came back: labels of the neurons that changed, their histories unless they are many, and what undo
    and redo would do."""

    decision: Decision
    labels: dict[int, Label] = field(default_factory=dict)
    histories: dict[int, list[Event]] = field(default_factory=dict)
    covers: dict[int, Cover | None] = field(default_factory=dict)
    undo: str | None = None
    redo: str | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """A decision that could not be saved, why, and how many wait behind it."""

    decision: Decision
    error: BaseException
    waiting: int


class SaveQueue(QObject):
    """`saved` carries a Saved; `problem` a Problem, or None when there is none any more; `state` whether
    everything is in the file, and a word for the status bar."""

    saved = Signal(object)
    problem = Signal(object)
    state = Signal(bool, str)

    def __init__(self, runner: JobRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._waiting: deque[Decision] = deque()
        self._sent: Decision | None = None
        self._failed = False
        self._round = 0
        self._slow = QTimer(self, singleShot=True, interval=SLOW_MS)
        self._slow.timeout.connect(lambda: self.state.emit(True, "Saving …"))

    @property
    def busy(self) -> bool:
        """Whether a decision is being written."""
        return self._sent is not None

    @property
    def settled(self) -> bool:
        """Whether everything is in the file."""
        return self._sent is None and not self._waiting

    def holds(self, decision: Decision) -> bool:
        """Whether a decision waits or is being written."""
        return any(waiting is decision for waiting in self._waiting)

    def put(self, decision: Decision) -> None:
        """Write a decision after those before it. After a failure this tries them again, in order."""
        self._waiting.append(decision)
        self._send()

    def retry(self) -> None:
        """Try again what failed."""
        self._send()

    def give_up(self) -> None:
        """Drop the decision that failed, and write those behind it. Not while it is being tried again."""
        if self._failed and self._waiting and not self.busy:
            self._waiting.popleft()
            self._solved()
            self._send()

    def hand_over(self) -> None:
        """Give everything that waits to the lane at once: the project is about to be closed. What the lane
        has already is not given twice."""
        self._round += 1
        self._slow.stop()
        for decision in self._waiting:
            if decision is not self._sent:
                self._runner.db("Saving", save, decision)
        self._waiting.clear()
        self._sent = None
        self._solved()

    def _send(self) -> None:
        if self._sent is not None or not self._waiting:
            return
        now, decision = self._round, self._waiting[0]
        self._sent = decision
        self._slow.start()
        self._runner.db(
            "Saving",
            save,
            decision,
            done=lambda result: self._done(now, result[1]),
            failed=lambda error: self._fail(now, decision, error),
        )

    def _done(self, sent_in: int, saved: Saved) -> None:
        if sent_in != self._round:
            return
        self._slow.stop()
        self._sent = None
        self._waiting.popleft()
        self._solved()
        if not self._waiting:
            self.state.emit(True, "")
        self.saved.emit(saved)
        self._send()

    def _fail(self, sent_in: int, decision: Decision, error: BaseException) -> None:
        if sent_in != self._round:
            # Handed over, the project is closed: nobody can retry, but somebody has to be told.
            self._runner.failed.emit(f"Not saved: {decision.title}", error)
            return
        self._slow.stop()
        self._sent, self._failed = None, True
        self.state.emit(False, f"{decision.title}: {error}")
        self.problem.emit(Problem(decision, error, len(self._waiting) - 1))

    def _solved(self) -> None:
        if self._failed:
            self._failed = False
            self.problem.emit(None)
            self.state.emit(True, "")


def save(project: Any, decision: Decision) -> tuple[Changes, Saved]:
    """Write one decision, and read back what changed. Runs in the `db` lane."""
    from studio.services.neuron_detail import cover_of, uncovered_events
    from studio.services.neurons import label_rows
    from studio.services.undo import redo_title, undo_title

    who = decision.annotator
    changes = decision.write(project, who) or Changes()
    labels = label_rows(project, who, changes.annotations)
    few = labels if len(labels) <= MANY else {}
    covers = {n: cover_of(project, n, who, label) for n, label in few.items()}
    return changes, Saved(
        decision,
        labels,
        {n: uncovered_events(project.events.of(n), who, covers[n]) for n in few},
        covers,
        undo_title(project, decision.annotator),
        redo_title(project, decision.annotator),
    )
