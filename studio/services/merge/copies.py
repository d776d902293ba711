"""Unite the work of several annotators: copies of one project."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from studio.domain.annotation import Event
from studio.domain.changes import Changes
from studio.domain.errors import ProjectError, UserError
from studio.services.merge.conflicts import find_conflicts
from studio.services.merge.copy_reading import Copy, place_of, read_copy, twice
from studio.services.merge.copy_report import CopyReport, MergeReport
from studio.storage import backups
from studio.storage.project import Project


def preview_copies(project: Project, paths: Sequence[Path | str]) -> list[CopyReport]:
    """What merging would bring, file by file in this order. Nothing is written; a file that cannot be merged
    has its `problem`."""
    here = project.events.all()
    found, seen = [], {place_of(project.path)}
    for path in map(Path, paths):
        try:
            if place_of(path) in seen:
                raise ProjectError(twice(project, path))
            seen.add(place_of(path))
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


def report_of(here: Sequence[Event], copy: Copy) -> CopyReport:
    """What a copy brings to the events that are here."""
    fresh = _missing(here, copy.events)
    by = tuple(sorted(Counter(event.annotator for event in fresh).items()))
    conflicts = tuple(find_conflicts(here, copy.events, copy.path.name)) if fresh else ()
    return CopyReport(copy.path, "", by, len(copy.events) - len(fresh), conflicts)


def _missing(here: Sequence[Event], events: Sequence[Event]) -> list[Event]:
    known = {event.id for event in here}
    return [event for event in events if event.id not in known]
