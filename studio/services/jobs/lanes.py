"""Lanes: where work happens that the window must not wait for. No Qt here.

`db` owns the project's only connection; `compute` drives everything with torch in a child process. Both call
the listener on their own thread; `studio.ui.job_runner` carries that over to the window's.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from studio.domain.errors import UserError
from studio.services.jobs.compute_lane import ComputeLane
from studio.services.jobs.db_lane import DbLane
from studio.services.jobs.job import Job, Listener

if TYPE_CHECKING:
    from studio.services.steps import Step
    from studio.storage.project import Project


class Jobs:
    """The two lanes of one window, and their common end."""

    def __init__(
        self, listener: Listener, *, niceness: int = 10, threads: int | None = None, grace: float = 10.0
    ) -> None:
        self._db = DbLane(listener)
        self._compute = ComputeLane(listener, self._db, niceness, threads, grace)
        self._refusing = False
        self._lock = threading.Lock()

    def db(self, title: str, fn: Callable[..., Any], *args: Any) -> Job:
        """Run `fn(project, *args)` where the project is open."""
        self._refuse_when_closed()
        return self._db.submit(title, fn, *args)

    def swap_project(self, title: str, opener: Callable[..., Project], *args: Any) -> Job:
        """Open a project with `opener(*args)` in the `db` lane; the one before is closed if that worked."""
        self._refuse_when_closed()
        return self._db.swap(title, opener, *args)

    def close_project(self) -> Job:
        """Checkpoint and close the open project."""
        self._refuse_when_closed()
        return self._db.close_project()

    def compute(self, title: str, fn: Callable[..., Any], *args: Any) -> Job:
        """Run `fn(*args, ctx)` in the compute child; `fn` and all data must pickle."""
        self._refuse_when_closed()
        return self._compute.submit(title, fn, *args)

    def steps(self, title: str, steps: Sequence[Step]) -> Job:
        """Run a pipeline; the job's result is the union of its Changes, each also told as it happens."""
        self._refuse_when_closed()
        return self._compute.submit_steps(title, steps)

    def idle(self) -> bool:
        """Whether no job waits or runs in either lane."""
        return self._compute.idle() and self._db.idle()

    def computing(self) -> bool:
        """Whether a compute job waits or runs."""
        return not self._compute.idle()

    @property
    def child_pid(self) -> int | None:
        """The compute child's process id, None while there is none."""
        return self._compute.child_pid

    def shutdown(self, grace: float = 3.0) -> None:
        """Refuse work, cancel, stop the child, drain `db`, checkpoint, close. Idempotent, any thread."""
        with self._lock:
            self._refusing = True
            self._compute.close(grace)
            self._db.close()

    def _refuse_when_closed(self) -> None:
        if self._refusing:
            raise UserError("The program is closing; no new work is taken.")
