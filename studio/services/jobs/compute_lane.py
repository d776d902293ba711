"""The compute lane: one thread that drives jobs in the compute child, step by step."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, Any

from studio.domain.changes import Changes
from studio.domain.errors import Cancelled
from studio.services.jobs.child import Child, ChildDiedError, default_threads
from studio.services.jobs.job import Job, JobEventKind, Listener

if TYPE_CHECKING:
    from studio.services.jobs.db_lane import DbLane
    from studio.services.steps import Step

DIED = (
    "The computation was ended by the system, most likely because memory ran out. "
    "Try a smaller batch size or a smaller model; finished parts are kept and the job resumes from them."
)


class ComputeLane:
    """Runs one job after another in a child process that stays warm between them.

    `grace` is how many seconds a cancelled job has to notice before its process is ended.
    """

    def __init__(
        self,
        listener: Listener,
        db: DbLane,
        niceness: int = 10,
        threads: int | None = None,
        grace: float = 10.0,
    ) -> None:
        self._listener, self._db, self._grace = listener, db, grace
        self._niceness, self._threads = niceness, threads or default_threads()
        self._waiting: queue.Queue[tuple[Job, Callable[[Job], Any]] | None] = queue.Queue()
        self._jobs: dict[str, Job] = {}
        self._child: Child | None = None
        self._thread = threading.Thread(target=self._run, name="compute", daemon=True)
        self._thread.start()

    def submit(self, title: str, fn: Callable[..., Any], *args: Any) -> Job:
        """`fn(*args, ctx)` in the child; `fn` is a module-level function, all of it can be pickled."""
        return self._put(title, lambda job: self._in_child(job, job, fn, args))

    def submit_steps(self, title: str, steps: Sequence[Step]) -> Job:
        """A pipeline: each step is prepared and finished in the `db` lane, computed in the child."""
        return self._put(title, lambda job: self._steps(job, steps))

    def idle(self) -> bool:
        return all(job.ended for job in list(self._jobs.values()))

    def cancel_all(self) -> None:
        for job in list(self._jobs.values()):
            job.cancel()

    def close(self, grace: float) -> None:
        """Cancel everything, stop the child, join the thread. Idempotent."""
        self._grace = min(self._grace, grace)
        self.cancel_all()
        self._waiting.put(None)
        self._thread.join()

    @property
    def child_pid(self) -> int | None:
        """The process that computes, None while there is none."""
        return self._child.pid if self._child is not None else None

    def _put(self, title: str, work: Callable[[Job], Any]) -> Job:
        job = Job(title, "compute", self._listener)
        self._jobs[job.id] = job
        job.say(JobEventKind.WAITING)
        self._waiting.put((job, work))
        return job

    def _run(self) -> None:
        while (item := self._waiting.get()) is not None:
            job, work = item
            self._one(job, work)
            self._jobs.pop(job.id, None)
        self._drop_child()

    def _one(self, job: Job, work: Callable[[Job], Any]) -> None:
        try:
            job.check()
            job.start()
            result = work(job)
        except BaseException as error:
            job.fail(error)
        else:
            job.finish(result)

    def _steps(self, job: Job, steps: Sequence[Step]) -> Changes:
        changes = Changes()
        for number, step in enumerate(steps):
            part = StepPart(job, number, len(steps), step.title)
            part.report(0, 1)
            job.check()
            arguments = self._db.call(step.title, step.prepare)
            result = self._in_child(job, part, step.compute, tuple(arguments))
            changed: Changes = self._db.call(step.title, step.finish, result)
            job.say(JobEventKind.CHANGES, changed)
            changes |= changed
        return changes

    def _in_child(
        self,
        job: Job,
        sink: Job | StepPart,
        fn: Callable[..., Any],
        args: tuple[Any, ...],
        again: bool = True,
    ) -> Any:
        """What `fn` returns. A child that was lost before it took the job up is replaced, once."""
        child = self._warm_child()
        try:
            future = child.submit(job.id, fn, args)
            self._follow(child, job, sink)
            outcome = future.result(timeout=30)
        except (BrokenProcessPool, BrokenPipeError, TimeoutError):
            child.kill()
            self._drop_child()
            if job.cancel_asked:
                raise Cancelled("The job was cancelled.") from None
            if again and not child.began:
                return self._in_child(job, sink, fn, args, again=False)
            raise ChildDiedError(DIED) from None
        if outcome.error is not None:
            raise outcome.error
        return outcome.result

    def _follow(self, child: Child, job: Job, sink: Job | StepPart) -> None:
        """Pass on what the child says until the job ends there, or the child does."""
        asked_at: float | None = None
        while not child.dead:
            if job.cancel_asked and asked_at is None:
                asked_at = time.monotonic()
                child.cancel(job.id)
            if asked_at is not None and time.monotonic() - asked_at > self._grace:
                child.kill()
            message = child.receive(0.05)
            if message is not None and message[0] == "end":
                return
            if message is not None:
                pass_on(message, sink)

    def _warm_child(self) -> Child:
        """The child, a new one when the last has died meanwhile."""
        if self._child is not None:
            self._child.receive(0)
            if self._child.dead:
                self._drop_child()
        if self._child is None:
            self._child = Child(self._niceness, self._threads)
        return self._child

    def _drop_child(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            with contextlib.suppress(OSError):
                child.close()


class StepPart:
    """The progress of a pipeline is that of the step it is at; the text says which one of how many."""

    def __init__(self, job: Job, number: int, count: int, title: str) -> None:
        self._job, self._number, self._count, self._title = job, number, count, title

    def report(self, done: float, total: float, text: str = "") -> None:
        name = f"{self._title} ({self._number + 1} of {self._count})" if self._count > 1 else self._title
        self._job.report(done, total, f"{name}: {text}" if text else "" if done else name)

    def curve(self, step: int, values: dict[str, float]) -> None:
        self._job.curve(step, values)

    def log(self, text: str) -> None:
        self._job.log(text)


def pass_on(message: tuple[Any, ...], sink: Job | StepPart) -> None:
    """Hand one message of the child to whoever waits for it."""
    kind = message[0]
    if kind == "report":
        sink.report(message[2], message[3], message[4])
    elif kind == "curve":
        sink.curve(message[2], message[3])
    elif kind == "log":
        sink.log(message[2])
