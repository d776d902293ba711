"""Look through the history of an open project, bit by bit: is every annotation as it was written?"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from studio.storage.backups import folder_of
from studio.storage.project import Project

#: Annotations that are looked at between two looks at the clock.
STEP = 128
#: Problems that a report names; the others are counted.
NAMED = 3


@dataclass(frozen=True, slots=True)
class HistoryCheck:
    """How far it is: the row that was looked at last, how many of `total` annotations that is, the first
    problems, how many there are, and whether all was looked at."""

    row: int = 0
    done: int = 0
    total: int = 0
    problems: tuple[str, ...] = ()
    wrong: int = 0
    complete: bool = False


def check_history(
    project: Project, so_far: HistoryCheck | None = None, seconds: float = 0.02
) -> HistoryCheck:
    """Go on for about this long, so that a save need not wait. Annotations that came meanwhile are looked at,
    too."""
    state, end = so_far or HistoryCheck(), time.monotonic() + seconds
    while True:
        row, count, problems = project.events.verify_part(state.row, STEP)
        if row is None:
            return replace(_with(state, project.events.verify_links()), complete=True)
        state = replace(_with(state, problems), row=row, done=state.done + count)
        if time.monotonic() >= end:
            return replace(state, total=project.events.count())


def damage(project: Project, check: HistoryCheck) -> str:
    """What is to be said about a history with problems; "" for a sound one."""
    if not check.wrong:
        return ""
    more = f" There are {check.wrong - NAMED:,} more." if check.wrong > NAMED else ""
    return (
        f"{project.path.name} is not as it was written. {' '.join(check.problems[:NAMED])}{more} "
        f"Older copies are in the folder {folder_of(project.path).name}: open the newest one that is sound, "
        "and keep this file until you have compared them."
    )


def _with(state: HistoryCheck, problems: list[str]) -> HistoryCheck:
    kept = (*state.problems, *problems)[:NAMED]
    return replace(state, problems=kept, wrong=state.wrong + len(problems))
