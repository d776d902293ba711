"""A pipeline is a list of steps; the command line and the window drive the same list."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from studio.domain.changes import Changes
from studio.domain.context import Context
from studio.storage.project import Project


@dataclass(frozen=True, slots=True)
class Step:
    """One piece of a pipeline, split by the thread that may do it.

    `prepare(project)` and `finish(project, result)` run where the project is open (the `db` lane).
    `compute(*args, ctx)` runs where torch is (the compute child, or in process on the command line): it is a
    module-level function and its arguments and result can be pickled. `finish` merges what came back.
    """

    title: str
    prepare: Callable[[Project], tuple[Any, ...]]
    compute: Callable[..., Any]
    finish: Callable[[Project, Any], Changes]


def run_steps(project: Project, steps: Iterable[Step], ctx: Context) -> Changes:
    """Run all steps in this process, one after another. Raises what the steps raise, `Cancelled` included."""
    changes = Changes()
    for step in steps:
        ctx.report(0, 1, step.title)
        ctx.check()
        arguments = step.prepare(project)
        result = step.compute(*arguments, ctx)
        changes |= step.finish(project, result)
    return changes
