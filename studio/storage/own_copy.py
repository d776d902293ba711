"""A copy of a project for one annotator: without the work that is not theirs to see."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from studio.domain.annotation import Event
from studio.storage.project import Project


def write_copy(project: Project, target: Path, keep: Callable[[Event], bool]) -> int:
    """Write a whole copy to `target` with those events only that `keep` says; returns how many were left out.

    The ids of left-out events that come right before one that is kept are noted in the copy, so that its
    chain still verifies; united with the project, nothing is missing. What was left out is overwritten in
    the file. Raises `ProjectError` when the copy cannot be written.
    """
    events = project.events.all()
    out = {event.id for event in events if not keep(event)}
    before = frozenset(e.previous for e in events if e.id not in out and e.previous in out)
    project.snapshot(target)
    if not out:
        return 0
    try:
        with Project.open(target) as copy:
            _remove(copy, out)
            copy.events.forget_heads()
            copy.full_text.forget_said()
            copy.events.note_left_out(before)
    except BaseException:
        target.unlink(missing_ok=True)  # half of it would show what was to be hidden
        raise
    return len(out)


def _remove(copy: Project, out: set[str]) -> None:
    """The table refuses to delete; the refusal is lifted within one transaction and put back as it was."""
    database = copy.database
    database.rows("PRAGMA secure_delete=ON")  # what is deleted is overwritten
    sql = "SELECT sql FROM sqlite_schema WHERE type='trigger' AND name='event_no_delete'"
    with database.transaction():
        trigger = database.value(sql)
        database.execute("DROP TRIGGER event_no_delete")
        database.executemany("DELETE FROM event WHERE id=?", ((one,) for one in out))
        database.execute(trigger)
