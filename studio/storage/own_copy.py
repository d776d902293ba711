"""A copy of a project for one annotator: without the work that is not theirs to see."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from studio.domain.annotation import Event
from studio.domain.errors import NotAProjectError, ProjectError
from studio.storage.checks import is_project
from studio.storage.database import Database
from studio.storage.project import Project


def write_copy(project: Project, target: Path, keep: Callable[[Event], bool]) -> int:
    """Write a whole copy to `target` with those events only that `keep` says; returns how many were left out.

    The ids of left-out events that come right before one that is kept are noted in the copy, so that its
    chain still verifies; united with the project, nothing is missing. What was left out is overwritten in
    the file. The copy appears when it is whole: half of it would show what was to be hidden, and what stood
    there before would be lost. Raises `ProjectError` when it cannot be written, `ProjectInUseError` where it
    would replace a project that is open.
    """
    events = project.events.all()
    out = {event.id for event in events if not keep(event)}
    _check_not_open(target)
    before = frozenset(e.previous for e in events if e.id not in out and e.previous in out)
    if not out:
        project.snapshot(target)
        return 0
    try:
        with TemporaryDirectory(prefix=".concept-studio-", dir=target.absolute().parent) as folder:
            part = Path(folder) / target.name
            project.snapshot(part)
            with Project.open(part) as copy:
                _remove(copy, out)
                copy.events.forget_heads()
                copy.full_text.forget_said()
                copy.events.note_left_out(before)
            os.replace(part, target)
    except OSError as error:
        raise ProjectError(f"{target.name} could not be written ({error.strerror}).") from error
    return len(out)


def _check_not_open(target: Path) -> None:
    """What is decided in a project that is open elsewhere would go into a file that is no more."""
    if is_project(target):
        with suppress(NotAProjectError):
            database = Database(target)
            try:
                database.lock()
            finally:
                database.abandon()


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
