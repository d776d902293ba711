"""Unite the work of several annotators: copies of one project."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from studio.domain.annotation import Event
from studio.domain.changes import Changes
from studio.domain.conflict import Conflict, ConflictKind, listed
from studio.domain.errors import NewerProjectError, NotAProjectError, ProjectError, UserError
from studio.services.conflicts import find_conflicts, labels_of
from studio.storage import backups
from studio.storage.checks import read_header
from studio.storage.event_codec import MAX_CLOCK
from studio.storage.project import Project
from studio.storage.schema import VERSION

#: Conflicts that a summary shows; the JSON report has all.
SHOWN = 20


@dataclass(frozen=True, slots=True)
class CopyReport:
    """One copy: who annotated in it, how many of its annotations are new here and how many known, and what
    differs. `problem` is the sentence that says why it cannot be merged, "" when it can."""

    path: Path
    problem: str = ""
    new_by: tuple[tuple[str, int], ...] = ()
    known: int = 0
    conflicts: tuple[Conflict, ...] = ()

    @property
    def new(self) -> int:
        """How many of its annotations are not here yet."""
        return sum(count for _, count in self.new_by)

    def as_dict(self) -> dict[str, Any]:
        """The same as JSON."""
        conflicts = [conflict.as_dict() for conflict in self.conflicts]
        said = {"file": str(self.path), "problem": self.problem, "new": self.new, "known": self.known}
        return {**said, "new_by": dict(self.new_by), "conflicts": conflicts}

    def sentence(self) -> str:
        """What is in it, in a sentence."""
        if self.problem:
            return self.problem
        if not self.new:
            return f"{self.path.name}: nothing new, all of its {self.known:,} annotations are here already."
        who = listed([name for name, _ in self.new_by])
        more = "annotation" if self.new == 1 else "annotations"
        known = f"; {self.known:,} are here already" if self.known else ""
        return f"{self.path.name}: {self.new:,} new {more} by {who}{known}."


@dataclass(frozen=True, slots=True)
class MergeReport:
    """What a merge brought. `backup` is the project as it was before; None when nothing was new."""

    copies: tuple[CopyReport, ...]
    changes: Changes
    backup: Path | None = None

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        """What differs, by neuron; where annotators differ, the last copy that says so names them all."""
        newest: dict[Any, Conflict] = {}
        for conflict in (conflict for copy in self.copies for conflict in copy.conflicts):
            among_all = conflict.kind is ConflictKind.ANNOTATORS
            newest[conflict.neuron, conflict.kind, () if among_all else conflict.said] = conflict
        return tuple(newest[key] for key in sorted(newest))

    def as_dict(self) -> dict[str, Any]:
        """The same as JSON."""
        return {
            "copies": [copy.as_dict() for copy in self.copies],
            "neurons": len(self.changes.annotations),
            "conflicts": [conflict.as_dict() for conflict in self.conflicts],
            "backup": None if self.backup is None else str(self.backup),
        }

    def summary(self) -> str:
        """The same as lines of plain text."""
        lines = [copy.sentence() for copy in self.copies]
        found = self.conflicts
        lines.append(f"{len(found):,} conflicts{':' if found else '.'}")
        lines += [f"  {conflict.sentence()}" for conflict in found[:SHOWN]]
        lines += [f"  and {len(found) - SHOWN:,} more"] if len(found) > SHOWN else []
        lines += [f"The project as it was before: {self.backup}"] if self.backup else []
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Copy:
    """What was read of a copy; `left_out` are ids of events that were not given to its annotator."""

    path: Path
    events: list[Event]
    left_out: frozenset[str]


def preview_copies(project: Project, paths: Sequence[Path | str]) -> list[CopyReport]:
    """What merging would bring, file by file in this order. Nothing is written; a file that cannot be merged
    has its `problem`."""
    here = project.events.all()
    found, seen = [], {_place(project.path)}
    for path in map(Path, paths):
        try:
            if _place(path) in seen:
                raise ProjectError(_twice(project, path))
            seen.add(_place(path))
            copy = read_copy(project, path)
        except UserError as error:
            found.append(CopyReport(path, str(error)))
            continue
        found.append(report_of(here, copy))
        here = [*here, *_missing(here, copy.events)]
    return found


def merge_copies(project: Project, paths: Sequence[Path | str]) -> MergeReport:
    """Add the annotations of other copies of the same project, in one transaction, after a backup.

    Nothing is lost, nothing is doubled: merging in any order, and again, gives the same. Raises
    `ProjectError`, and changes nothing, when one of the files cannot be merged.
    """
    copies = [read_copy(project, Path(path)) for path in paths]
    here = project.events.all()
    reports = []
    for copy in copies:
        reports.append(report_of(here, copy))
        here = [*here, *_missing(here, copy.events)]
    if not any(report.new for report in reports):
        return MergeReport(tuple(reports), Changes())
    backup = backups.make(project.database, "merge")
    with project.transaction():
        fresh = [event for copy in copies for event in project.events.unite(copy.events)]
        project.events.note_left_out(frozenset().union(*(copy.left_out for copy in copies)))
    return MergeReport(tuple(reports), Changes.of_events(e.neuron for e in fresh), backup)


def merge_copy(project: Project, other: Path | str) -> Changes:
    """Add the annotations of one other copy, as `merge_copies` does."""
    return merge_copies(project, [other]).changes


def is_copy(project: Project, path: Path) -> bool:
    """Whether a file is another copy of the open project; False for whatever cannot be opened."""
    if _place(path) == _place(project.path):
        return False
    try:
        with _opened(path) as source:
            same = source.meta.get("project_id") == project.meta.get("project_id")
            return bool(same and not source.is_bundle)
    except UserError:
        return False


def read_copy(project: Project, path: Path) -> Copy:
    """The events of another copy of the project. Raises `ProjectError` with a sentence when it is none, was
    written by a newer version, or when its annotations were tampered with."""
    if _place(path) == _place(project.path):
        raise ProjectError(_twice(project, path))
    with _opened(path) as source:
        if source.meta.get("project_id") != project.meta.get("project_id") or source.is_bundle:
            raise ProjectError(
                f"{path.name} is no copy of this project. Only copies of one project can be merged."
            )
        events = source.events.all()
        problems = source.events.verify(events) or _disorder(events)
        if not problems:
            _check_readable(source, events, path)
        left_out = source.events.left_out()
    if problems:
        raise ProjectError(f"{path.name} was not merged. {' '.join(problems[:3])}")
    return Copy(path, events, left_out)


def report_of(here: Sequence[Event], copy: Copy) -> CopyReport:
    """What a copy brings to the events that are here."""
    fresh = _missing(here, copy.events)
    by = tuple(sorted(Counter(event.annotator for event in fresh).items()))
    conflicts = tuple(find_conflicts(here, copy.events, copy.path.name)) if fresh else ()
    return CopyReport(copy.path, "", by, len(copy.events) - len(fresh), conflicts)


@contextmanager
def _opened(path: Path) -> Iterator[Project]:
    """The copy, opened to be read and left as it is: one of an older version, which opening would change,
    or one that cannot be written is copied aside first. Raises `ProjectError`."""
    with ExitStack() as stack:
        try:
            if (
                read_header(path) < VERSION
                or not os.access(path, os.W_OK)
                or not os.access(path.parent, os.W_OK)
            ):
                folder = Path(stack.enter_context(TemporaryDirectory(prefix="concept-studio-")))
                path = Path(shutil.copyfile(path, folder / path.name))
            source = stack.enter_context(Project.open(path))
        except NewerProjectError as error:
            raise NewerProjectError(f"{path.name} was not merged. {error}") from error
        except NotAProjectError as error:
            raise NotAProjectError(f"{path.name} was not merged. {error}") from error
        except OSError as error:
            raise ProjectError(
                f"{path.name} was not merged; it cannot be read ({error.strerror})."
            ) from error
        yield source


def _check_readable(source: Project, events: Sequence[Event], path: Path) -> None:
    """Values that no label can have would damage the project they come to."""
    shared = source.events
    try:
        labels_of(events)
        for read in (shared.finals, shared.golds, shared.assignments, shared.comments, shared.reveals):
            read()
        shared.policy(), shared.guidelines()
    except NotAProjectError as error:
        raise NotAProjectError(f"{path.name} was not merged. {error}") from error


def _disorder(events: Sequence[Event]) -> list[str]:
    """Sentences on clocks that no copy can have: whatever the wall clock says, an event comes after the one
    before it."""
    clocks = {event.id: event.clock for event in events}
    return [
        f"The annotation of neuron {e.neuron} by {e.annotator} at {e.at} is out of order."
        for e in events
        if not 0 < e.clock < MAX_CLOCK or clocks.get(e.previous, 0) >= e.clock
    ]


def _missing(here: Sequence[Event], events: Sequence[Event]) -> list[Event]:
    known = {event.id for event in here}
    return [event for event in events if event.id not in known]


def _place(path: Path) -> Path:
    return path.absolute().resolve()


def _twice(project: Project, path: Path) -> str:
    if _place(path) == _place(project.path):
        return f"{path.name} is the open project itself. Choose a copy of it."
    return f"{path.name} is in the list already. It is merged once."
