"""Read another copy of the project, and leave it as it is."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from studio.domain.annotation import Event
from studio.domain.errors import NewerProjectError, NotAProjectError, ProjectError, UserError
from studio.services.merge.conflicts import labels_of
from studio.storage.checks import read_header
from studio.storage.event_codec import MAX_CLOCK
from studio.storage.project import Project
from studio.storage.schema import VERSION


@dataclass(frozen=True, slots=True)
class Copy:
    """What was read of a copy; `left_out` are ids of events that were not given to its annotator."""

    path: Path
    events: list[Event]
    left_out: frozenset[str]


def is_copy(project: Project, path: Path) -> bool:
    """Whether a file is another copy of the open project; False for whatever cannot be opened."""
    if place_of(path) == place_of(project.path):
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
    if place_of(path) == place_of(project.path):
        raise ProjectError(twice(project, path))
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


def place_of(path: Path) -> Path:
    return Path(os.path.realpath(path))  # links in a circle are for opening the file to refuse


def twice(project: Project, path: Path) -> str:
    if place_of(path) == place_of(project.path):
        return f"{path.name} is the open project itself. Choose a copy of it."
    return f"{path.name} is in the list already. It is merged once."
