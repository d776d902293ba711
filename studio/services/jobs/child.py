"""The compute child: one warm process that runs jobs, and the parent's handle on it.

Progress, curves and log lines come up one pipe, cancel requests go down it. A pipe to each child, rather than
a queue that outlives them, because a child killed in the middle of a write would leave a shared queue locked.
Each end sees the other's death as the end of the pipe: the child of a killed window exits by itself.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

from studio.domain.errors import Cancelled, ModelError, UserError
from studio.services.disk import plain_os_error

#: Seconds between two reports that say nothing new in words.
REPORT_EVERY = 0.033


class ComputeError(Exception):
    """A bug in the compute child. `details` is the traceback there."""

    def __init__(self, message: str, details: str = "") -> None:
        super().__init__(message, details)
        self.message, self.details = message, details

    def __str__(self) -> str:
        return self.message


class ChildDiedError(UserError):
    """The compute child was killed: out of memory, or a crash in native code."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a job came to in the child: a result or an error, both known to pickle."""

    result: Any = None
    error: BaseException | None = None


class ChildContext:
    """The Context of a job in the child."""

    def __init__(self, line: ChildLine, job: str) -> None:
        self._line, self._job = line, job
        self._last = (0.0, "")

    def report(self, done: float, total: float, text: str = "") -> None:
        # A loop may report thousands of times a second; nobody can read more than thirty.
        now = time.monotonic()
        if now - self._last[0] < REPORT_EVERY and done < total and text in ("", self._last[1]):
            return
        self._last = (now, text or self._last[1])
        self._line.send(("report", self._job, float(done), float(total), text))

    def curve(self, step: int, values: Mapping[str, float]) -> None:
        self._line.send(("curve", self._job, int(step), {k: float(v) for k, v in values.items()}))

    def log(self, text: str) -> None:
        self._line.send(("log", self._job, str(text)))

    def check(self) -> None:
        if self._job in self._line.cancelled:
            raise Cancelled("The job was cancelled.")


class ChildLine:
    """The child's end of the pipe."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._lock = threading.Lock()
        self.cancelled: set[str] = set()
        threading.Thread(target=self._listen, name="line", daemon=True).start()

    def send(self, message: tuple[Any, ...]) -> None:
        # A parent that is gone is noticed by `_listen`.
        with self._lock, contextlib.suppress(OSError):
            self._pipe.send(message)

    def _listen(self) -> None:
        try:
            while True:
                self.cancelled.add(self._pipe.recv())
        except (EOFError, OSError):
            os._exit(0)


_line: ChildLine | None = None


def start_child(pipe: Connection, niceness: int, threads: int) -> None:
    """Runs first in the child. Lowers its priority, so that the window's thread always comes first."""
    global _line
    _line = ChildLine(pipe)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(niceness)
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = str(threads)
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ["TQDM_DISABLE"] = "1"  # progress goes to the window, not to a terminal
    _line.send(("hello", os.getpid()))


def run_in_child(job: str, work: bytes) -> Outcome:
    """Unpickle (fn, args), run `fn(*args, ctx)` in the child and turn whatever happens into an Outcome.

    Unpickled here and not by the pool, which would take a module that cannot be imported for a crash.
    """
    assert _line is not None
    _line.send(("begin", job))
    try:
        fn, args = pickle.loads(work)
        outcome = Outcome(result=fn(*args, ChildContext(_line, job)))
        pickle.dumps(outcome)
    except BaseException as error:
        outcome = Outcome(error=portable(error))
    _line.send(("end", job))
    return outcome


def portable(error: BaseException) -> BaseException:
    """The error itself when it is for a person and survives pickling; else a `ComputeError` about it."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return ModelError(
            "There is not enough memory for this job. "
            "Use a smaller batch size, a smaller model or fewer latents."
        )
    if isinstance(error, (UserError, Cancelled)):
        with contextlib.suppress(Exception):
            copy = pickle.loads(pickle.dumps(error))
            if type(copy) is type(error) and str(copy) == str(error):
                return error
        return UserError(str(error)) if isinstance(error, UserError) else Cancelled(str(error))
    plain = plain_os_error(error) if isinstance(error, OSError) else None
    if plain is not None:
        return plain
    details = "".join(traceback.format_exception(error))
    return ComputeError(f"{type(error).__name__}: {error}", details)


def default_threads() -> int:
    """All cores but one, which is the window's."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 2
    return max(1, cores - 1)


class Child:
    """The parent's handle on a compute child. Used by one thread."""

    def __init__(self, niceness: int, threads: int) -> None:
        context = get_context("spawn")
        self._pipe, self._far_end = context.Pipe()
        self._pool = ProcessPoolExecutor(
            1, mp_context=context, initializer=start_child, initargs=(self._far_end, niceness, threads)
        )
        self.pid: int | None = None
        #: Whether the process is gone; whether it took up the job that was submitted last.
        self.dead, self.began = False, False

    def submit(self, job: str, fn: Callable[..., Any], args: tuple[Any, ...]) -> Future[Outcome]:
        """Start a job; raises when `fn` or `args` cannot be pickled.

        The first job starts the process, which then holds the only far end of the pipe.
        """
        self.began = False
        future = self._pool.submit(run_in_child, job, pickle.dumps((fn, args)))
        self._far_end.close()
        return future

    def receive(self, timeout: float) -> tuple[Any, ...] | None:
        """The next message, None when there is none in time. Marks the child dead at the end of the pipe."""
        try:
            if not self._pipe.poll(timeout):
                return None
            message: tuple[Any, ...] = self._pipe.recv()
        except (EOFError, OSError):
            self.dead = True
            return None
        if message[0] == "hello":
            self.pid = message[1]
        self.began = self.began or message[0] == "begin"
        return message

    def cancel(self, job: str) -> None:
        with contextlib.suppress(OSError):
            self._pipe.send(job)

    def kill(self) -> None:
        """End the process at once, whatever it is doing."""
        if self.pid is not None and not self.dead:
            with contextlib.suppress(OSError):
                os.kill(self.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
        self.dead = True

    def close(self) -> None:
        """Let an idle process go and wait until it is gone. It leaves by itself, so that it tidies up."""
        self._far_end.close()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._pipe.close()
