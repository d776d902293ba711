"""A job as its waiter sees it: state, progress, time left, log lines, curves, result."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import uuid4

from studio.domain.errors import Cancelled


class JobState(StrEnum):
    """Where a job stands. The last three are final."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class JobEventKind(StrEnum):
    """What a job has to say."""

    WAITING = "waiting"
    STARTED = "started"
    PROGRESS = "progress"
    CURVE = "curve"
    LOG = "log"
    CHANGES = "changes"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` of `total` units, a plain sentence, and the seconds left (None while unknown)."""

    done: float = 0.0
    total: float = 0.0
    text: str = ""
    seconds_left: float | None = None

    @property
    def share(self) -> float:
        """Between 0 and 1."""
        return min(max(self.done / self.total, 0.0), 1.0) if self.total > 0 else 0.0


@dataclass(frozen=True, slots=True)
class JobEvent:
    """Something a job said. `data` is a Progress, (step, values), a log line, Changes or None, by kind."""

    job: Job
    kind: JobEventKind
    data: Any = None


#: Called on a lane's thread, in the order things happened; must return at once and not raise.
Listener = Callable[[JobEvent], None]


class Eta:
    """Seconds left, from the pace of the last `window` seconds; a jump back starts anew."""

    def __init__(self, window: float = 30.0) -> None:
        self._window = window
        self._seen: deque[tuple[float, float]] = deque()
        self._total = 0.0

    def update(self, done: float, total: float, now: float | None = None) -> float | None:
        """Note that `done` of `total` are done at `now` (monotonic seconds); None while unknown."""
        at = time.monotonic() if now is None else now
        if total != self._total or (self._seen and done < self._seen[-1][1]):
            self._seen.clear()
        self._total = total
        self._seen.append((at, done))
        while len(self._seen) > 2 and self._seen[0][0] < at - self._window:
            self._seen.popleft()
        first_at, first_done = self._seen[0]
        if done <= first_done or at <= first_at:
            return None
        return max(total - done, 0.0) * (at - first_at) / (done - first_done)


@dataclass(eq=False)
class Job:
    """One piece of work in a lane. Made by the lanes; read by anybody, from any thread."""

    title: str
    lane: str
    listener: Listener
    id: str = field(default_factory=lambda: uuid4().hex)
    state: JobState = JobState.WAITING
    progress: Progress = field(default_factory=Progress)
    lines: list[str] = field(default_factory=list)
    future: Future[Any] = field(default_factory=Future)
    _cancel: threading.Event = field(default_factory=threading.Event)
    _eta: Eta = field(default_factory=Eta)

    def cancel(self) -> None:
        """Ask the job to end; a waiting one never starts. Returns at once."""
        self._cancel.set()

    @property
    def cancel_asked(self) -> bool:
        return self._cancel.is_set()

    @property
    def ended(self) -> bool:
        return self.state in (JobState.DONE, JobState.FAILED, JobState.CANCELLED)

    @property
    def error(self) -> BaseException | None:
        """What the job ended with, None while it runs and when it went well."""
        return self.future.exception() if self.future.done() else None

    def result(self, timeout: float | None = None) -> Any:
        """Wait for the result. Raises what the job raised, `Cancelled`, or TimeoutError."""
        try:
            return self.future.result(timeout)
        except CancelledError:
            raise Cancelled("The job was cancelled.") from None

    def say(self, kind: JobEventKind, data: Any = None) -> None:
        self.listener(JobEvent(self, kind, data))

    def start(self) -> None:
        self.state = JobState.RUNNING
        self.say(JobEventKind.STARTED)

    def finish(self, result: Any) -> None:
        self.state = JobState.DONE
        self.future.set_result(result)
        self.say(JobEventKind.ENDED)

    def fail(self, error: BaseException) -> None:
        """End with an error; a cancellation is an outcome of its own."""
        self.state = JobState.CANCELLED if isinstance(error, Cancelled) else JobState.FAILED
        self.future.set_exception(error)
        self.say(JobEventKind.ENDED)

    # The methods of studio.domain.context.Context, on the waiting side.
    def report(self, done: float, total: float, text: str = "") -> None:
        left = self._eta.update(done, total)
        self.progress = Progress(done, total, text or self.progress.text, left)
        self.say(JobEventKind.PROGRESS, self.progress)

    def curve(self, step: int, values: Mapping[str, float]) -> None:
        self.say(JobEventKind.CURVE, (step, dict(values)))

    def log(self, text: str) -> None:
        self.lines.append(text)
        self.say(JobEventKind.LOG, text)

    def check(self) -> None:
        if self._cancel.is_set():
            raise Cancelled("The job was cancelled.")
