"""Undo and redo: per annotator, without limit, across restarts; themselves events.

An act can be undone while it is the annotator's newest that still holds; a new act ends what can be redone.
Reveals and comments are no acts. What all share (gold, assignments, adjudicated labels) is taken back only
where it still says what the act said: somebody else's newer word stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from studio.domain.annotation import FIELDS, Event, EventKind, Label, Seen
from studio.domain.changes import Changes
from studio.services.annotate import labels_of
from studio.storage.label_fold import label_values
from studio.storage.project import Project


def undo(project: Project, annotator: str) -> Changes | None:
    """Take back the annotator's newest act; None when there is nothing to take back."""
    return _apply(project, annotator, EventKind.UNDO)


def redo(project: Project, annotator: str) -> Changes | None:
    """Do again what was undone last; None when there is nothing, or a new act came after."""
    return _apply(project, annotator, EventKind.REDO)


def undo_title(project: Project, annotator: str) -> str | None:
    """What `undo` would take back, "Undo: rate 4, neuron 812", or None."""
    found = _undoable(project, annotator)
    return None if found is None else f"Undo: {found[1]}"


def redo_title(project: Project, annotator: str) -> str | None:
    """What `redo` would do again, "Redo: rate 4, neuron 812", or None."""
    found = _redoable(project, annotator)
    return None if found is None else f"Redo: {found[1]}"


def _apply(project: Project, annotator: str, kind: EventKind) -> Changes | None:
    with project.transaction():
        found = (_undoable if kind is EventKind.UNDO else _redoable)(project, annotator)
        if found is None:
            return None
        target, title = found
        acts = [e for e in project.events.of_group(target) if e.annotator == annotator]
        now = labels_of(project, annotator, len(acts))
        rows = [_row(project, act, kind, now(act.neuron)) for act in acts]
        project.events.append_many(annotator, rows, kind=kind, group=uuid4().hex, target=target, title=title)
    return Changes.of_events(act.neuron for act in acts)


def _row(
    project: Project, act: Event, kind: EventKind, label: Label
) -> tuple[int, Mapping[str, Any], Mapping[str, Any], Seen]:
    """What takes an act back or does it again: neuron, new values, old values. `label` is the one of now."""
    now = label_values(label)
    if not set(FIELDS).issuperset(act.new):
        now |= project.events.shared_values(act.neuron)
    wanted, left = (act.old, act.new) if kind is EventKind.UNDO else (act.new, act.old)
    new: Mapping[str, Any] = {
        name: value for name, value in wanted.items() if name in FIELDS or now[name] == left[name]
    }
    return act.neuron, new, {name: now[name] for name in new}, Seen()


def _undoable(project: Project, annotator: str) -> tuple[str, str] | None:
    """The newest act that was not undone, or was redone since: (group, title)."""
    last: dict[str, EventKind] = {}
    for kind, group, target, title in project.events.backwards(annotator):
        if kind is not EventKind.SET:
            last.setdefault(target, kind)
        elif last.get(group) is not EventKind.UNDO:
            return group, title
    return None


def _redoable(project: Project, annotator: str) -> tuple[str, str] | None:
    """The act that was undone last and not redone, if no new act came after: (group, title)."""
    last: dict[str, EventKind] = {}
    for kind, _group, target, title in project.events.backwards(annotator):
        if kind is EventKind.SET:
            return None
        if last.setdefault(target, kind) is EventKind.UNDO:
            return target, title
    return None
