"""The sole door between the lanes' threads and Qt. Lives on the main thread; owns the one crossing signal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, Signal
from shiboken6 import isValid

from studio.domain.changes import Changes
from studio.domain.errors import Cancelled
from studio.services.jobs import Job, JobEvent, JobEventKind, Jobs

if TYPE_CHECKING:
    from studio.services.steps import Step

Callback = Callable[[Any], object]


class JobRunner(QObject):
    """Starts jobs in the lanes; what comes back arrives here as signals and callbacks on the main thread.

    `failed` carries a title and the exception of a job whose starter gave no `failed` callback. `changes`
    carries the Changes that a job returned (alone or first in a tuple) or told of while it ran. Jobs get
    data, never widgets; a callback bound to a widget that is gone is dropped.
    """

    waiting = Signal(object)
    started = Signal(object)
    progress = Signal(object)
    curve = Signal(object, int, object)
    logged = Signal(object, str)
    ended = Signal(object)
    changes = Signal(object)
    failed = Signal(str, object)
    _crossing = Signal(object)

    def __init__(self, parent: QObject | None = None, **lane_options: Any) -> None:
        super().__init__(parent)
        self._callbacks: dict[str, tuple[Callback | None, Callback | None]] = {}
        self._crossing.connect(self._arrived, Qt.ConnectionType.QueuedConnection)
        self._jobs = Jobs(self._crossing.emit, **lane_options)

    def db(
        self, title: str, fn: Callable[..., Any], *args: Any, done: Callback | None = None, **more: Any
    ) -> Job:
        """`fn(project, *args)` in the `db` lane, then `done(result)` here, or `failed(exception)`."""
        return self._remember(self._jobs.db(title, fn, *args), done, **more)

    def swap_project(
        self, title: str, opener: Callable[..., Any], *args: Any, done: Callback | None = None, **more: Any
    ) -> Job:
        """Open a project with `opener(*args)`; the one before stays open when that fails."""
        return self._remember(self._jobs.swap_project(title, opener, *args), done, **more)

    def close_project(self, done: Callback | None = None, **more: Any) -> Job:
        """Checkpoint and close the open project."""
        return self._remember(self._jobs.close_project(), done, **more)

    def compute(
        self, title: str, fn: Callable[..., Any], *args: Any, done: Callback | None = None, **more: Any
    ) -> Job:
        """`fn(*args, ctx)` in the compute child, then `done(result)` here, or `failed(exception)`."""
        return self._remember(self._jobs.compute(title, fn, *args), done, **more)

    def steps(self, title: str, steps: Sequence[Step], done: Callback | None = None, **more: Any) -> Job:
        """A pipeline through both lanes, then `done(Changes)` here, or `failed(exception)`."""
        return self._remember(self._jobs.steps(title, steps), done, **more)

    def computing(self) -> bool:
        """Whether a compute job waits or runs."""
        return self._jobs.computing()

    def idle(self) -> bool:
        """Whether both lanes are idle and every callback was called."""
        return self._jobs.idle() and not self._callbacks

    def shutdown(self, grace: float = 3.0) -> None:
        """End the lanes in order. Idempotent; later callbacks are dropped."""
        self._callbacks.clear()
        self._jobs.shutdown(grace)

    def _remember(self, job: Job, done: Callback | None, failed: Callback | None = None) -> Job:
        self._callbacks[job.id] = (done, failed)
        return job

    def _arrived(self, event: JobEvent) -> None:
        job, data = event.job, event.data
        if event.kind is JobEventKind.PROGRESS:
            self.progress.emit(job)
        elif event.kind is JobEventKind.CURVE:
            self.curve.emit(job, *data)
        elif event.kind is JobEventKind.LOG:
            self.logged.emit(job, data)
        elif event.kind is JobEventKind.CHANGES:
            self.changes.emit(data)
        elif event.kind is JobEventKind.WAITING:
            self.waiting.emit(job)
        elif event.kind is JobEventKind.STARTED:
            self.started.emit(job)
        else:
            self._ended(job)

    def _ended(self, job: Job) -> None:
        done, failed = self._callbacks.pop(job.id, (None, None))
        self.ended.emit(job)
        if job.error is None:
            result = job.result(0)
            self._emit_changes(job, result)
            self._call(done, result)
        elif isinstance(job.error, Cancelled) or failed is not None:
            self._call(failed, job.error)
        else:
            self.failed.emit(job.title, job.error)

    def _emit_changes(self, job: Job, result: Any) -> None:
        # A pipeline has told of its changes step by step already.
        first = result[0] if isinstance(result, tuple) and result else result
        if job.lane == "db" and isinstance(first, Changes):
            self.changes.emit(first)

    def _call(self, callback: Callback | None, argument: Any) -> None:
        owner = getattr(getattr(callback, "func", callback), "__self__", None)  # of a partial, too
        if callback is None or (isinstance(owner, QObject) and not isValid(owner)):
            return
        callback(argument)
