"""Functions that tests run in the compute child: module-level, so that they pickle by name."""

from __future__ import annotations

import os
import signal
import sys
import time

from studio.domain.errors import DataError


class AwkwardError(Exception):
    """Cannot be unpickled: its constructor wants two arguments and passes on one."""

    def __init__(self, first, second):
        super().__init__(f"{first} and {second}")


def add(a, b, ctx):
    ctx.check()
    return a + b


def pid(ctx):
    return os.getpid()


def count(n, ctx):
    for i in range(n):
        ctx.report(i, n, f"item {i}")
        ctx.curve(i, {"loss": 1.0 / (i + 1)})
    ctx.log("all counted")
    ctx.report(n, n, "done")
    return n


def chatter(n, ctx):
    for i in range(n):
        ctx.report(i, n)
    ctx.report(n, n)


def until_cancelled(ctx):
    ctx.report(0, 1, "waiting")
    while True:
        ctx.check()
        time.sleep(0.01)


def deaf(ctx):
    ctx.report(0, 1, "deaf")
    time.sleep(120)


def leave(code, ctx):
    os._exit(code)


def kill_self(ctx):
    os.kill(os.getpid(), signal.SIGKILL)


def note_and_die(path, ctx):
    with open(path, "a") as file:
        file.write("run\n")
    os._exit(1)


def fail_awkwardly(ctx):
    raise AwkwardError("one", "two")


def fail_for_user(ctx):
    raise DataError("The folder holds no pictures. Choose another one.")


def fail_without_memory(ctx):
    raise MemoryError


def leave_by_exit(ctx):
    sys.exit(3)


def unpicklable(ctx):
    return lambda: None


def priority(ctx):
    return os.nice(0), os.environ.get("OMP_NUM_THREADS"), "torch" in sys.modules


class Unimportable:
    """Pickles to a name that nobody can import."""

    def __reduce__(self):
        return _missing, ()


def _missing():
    return __import__("no_such_module")
