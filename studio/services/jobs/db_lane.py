"""The db lane: one thread that owns the project file's only connection."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from studio.domain.errors import ProjectError, UserError
from studio.services.crash_reports import write_report
from studio.services.jobs.job import Job, JobEventKind, Listener

if TYPE_CHECKING:
    from studio.storage.project import Project

NO_PROJECT = "No project is open. Open one, or make a new one."


class DbLane:
    """Runs functions of the open project, one after another, in the order they were asked for."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._waiting: queue.Queue[tuple[Job, Callable[[], Any]] | None] = queue.Queue()
        self._project: Project | None = None
        self._unfinished = 0
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="db", daemon=True)
        self._thread.start()

    def submit(self, title: str, fn: Callable[..., Any], *args: Any) -> Job:
        """`fn(project, *args)` in the lane; fails with a UserError when no project is open."""
        return self._put(title, lambda: fn(self._opened(), *args), self._listener)

    def swap(self, title: str, opener: Callable[..., Project], *args: Any) -> Job:
        """Open a project with `opener(*args)`; when that worked, close the one before. Result None."""
        return self._put(title, lambda: self._swap(opener, args), self._listener)

    def close_project(self) -> Job:
        """Checkpoint and close the open project, if any."""
        return self._put("Closing the project", self._close_project, self._listener)

    def call(self, title: str, fn: Callable[..., Any], *args: Any) -> Any:
        """Run `fn(project, *args)` in the lane for another lane's job and wait for it."""
        return self._put(title, lambda: fn(self._opened(), *args), lambda event: None).result()

    def idle(self) -> bool:
        return self._unfinished == 0

    def close(self) -> None:
        """Do what was asked so far, checkpoint, close, join the thread. Idempotent."""
        self._waiting.put(None)
        self._thread.join()

    def _put(self, title: str, work: Callable[[], Any], listener: Listener) -> Job:
        job = Job(title, "db", listener)
        with self._lock:
            self._unfinished += 1
        job.say(JobEventKind.WAITING)
        self._waiting.put((job, work))
        return job

    def _run(self) -> None:
        while (item := self._waiting.get()) is not None:
            self._one(*item)
            del item  # the result and what it holds on to belong to the waiter now
            with self._lock:
                self._unfinished -= 1
        try:
            self._close_project()
        except ProjectError as error:  # nobody is there to be told any more: it stands in the logs
            with suppress(OSError):
                write_report(f"At the end: {error}\n")

    def _one(self, job: Job, work: Callable[[], Any]) -> None:
        try:
            job.check()
            job.start()
            result = work()
        except BaseException as error:
            job.fail(error)
        else:
            job.finish(result)

    def _opened(self) -> Project:
        if self._project is None:
            raise UserError(NO_PROJECT)
        return self._project

    def _swap(self, opener: Callable[..., Project], args: tuple[Any, ...]) -> None:
        project = opener(*args)
        try:
            self._close_project()
        except BaseException:
            project.close()  # nobody was told that it is open: what is decided now must not go into it
            raise
        self._project = project

    def _close_project(self) -> None:
        project, self._project = self._project, None
        if project is not None:
            project.close()
