"""What an annotator does to a neuron. Each verb is one transaction, saved when it returns."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

from studio.domain.annotation import Decision, Label, Seen
from studio.domain.changes import Changes
from studio.domain.context import Context, Quiet, watched
from studio.domain.errors import UserError
from studio.domain.modality import Modality
from studio.services.label_values import check_annotator, check_values, title_of
from studio.storage.label_fold import label_values
from studio.storage.project import Project

#: From so many acts on, reading every label of the annotator is faster than one query each.
ALL_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Act:
    """What one neuron of a bulk act is to become, and what was seen of it."""

    neuron: int
    new: Mapping[str, Any]
    seen: Seen = field(default_factory=Seen)


def annotate(
    project: Project,
    annotator: str,
    neuron: int,
    new: Mapping[str, Any],
    seen: Seen | None = None,
    title: str | None = None,
) -> Changes:
    """Set fields of the annotator's label on a neuron (names of `FIELDS`, JSON values).

    Fields that already have the value are left out; nothing is written when none is left. `title` names
    the act for undo ("rate 4, neuron 812"). Raises `UserError` for a value no label can have.
    """
    return annotate_many(project, annotator, [Act(neuron, new, seen or Seen())], title)


def annotate_many(
    project: Project,
    annotator: str,
    acts: Iterable[Act],
    title: str | None = None,
    group: str | None = None,
    ctx: Context | None = None,
) -> Changes:
    """Annotate several neurons as one act, which one undo takes back. An act that is written in several
    transactions has the same `group` in each. Cancelled through `ctx`, nothing is written."""
    annotator = check_annotator(annotator)
    with project.transaction():
        acts, count = list(acts), project.neuron_count()
        now = labels_of(project, annotator, len(acts))
        ctx, steps = ctx or Quiet(), 2 * len(acts)
        looked_at = watched(acts, steps, ctx)
        todo = [one for act in looked_at if (one := _changed(act, now, count)) is not None]
        name = title or title_of([(act.neuron, act.new) for act, _ in todo])
        changed = ((act.neuron, act.new, old, act.seen) for act, old in todo)
        rows = watched(changed, steps, ctx, before=steps - len(todo))
        project.events.append_many(annotator, rows, group=group or uuid4().hex, title=name)
    return Changes(annotations=frozenset(act.neuron for act, _ in todo))


def accept(
    project: Project, annotator: str, neuron: int, concept: str | None, seen: Seen | None = None
) -> Changes:
    """Accept the proposed concept."""
    new = {"decision": Decision.ACCEPTED.value, "concept": concept, "skipped": False}
    return annotate(project, annotator, neuron, new, seen)


def edit(project: Project, annotator: str, neuron: int, concept: str, seen: Seen | None = None) -> Changes:
    """Give the concept other words."""
    if not concept.strip():
        raise UserError("A concept needs at least one word. Write one, or reject the proposal.")
    new = {"decision": Decision.EDITED.value, "concept": concept.strip(), "skipped": False}
    return annotate(project, annotator, neuron, new, seen)


def reject(project: Project, annotator: str, neuron: int, seen: Seen | None = None) -> Changes:
    """Say that the neuron stands for no concept that was proposed."""
    new = {"decision": Decision.REJECTED.value, "concept": None, "skipped": False}
    return annotate(project, annotator, neuron, new, seen)


def classify(
    project: Project, annotator: str, neuron: int, modality: Modality | None, seen: Seen | None = None
) -> Changes:
    """Say what the neuron stands for; None takes it back."""
    new = {"modality": None if modality is None else modality.value}
    return annotate(project, annotator, neuron, new, seen)


def rate(
    project: Project, annotator: str, neuron: int, rating: int | None, seen: Seen | None = None
) -> Changes:
    """Rate how interpretable the neuron is, 1 to 5; None takes it back."""
    return annotate(project, annotator, neuron, {"rating": rating}, seen)


def note(project: Project, annotator: str, neuron: int, text: str, seen: Seen | None = None) -> Changes:
    """Write the annotator's note; empty takes it away."""
    return annotate(project, annotator, neuron, {"note": text}, seen)


def skip(project: Project, annotator: str, neuron: int, seen: Seen | None = None) -> Changes:
    """Leave the neuron for later."""
    return annotate(project, annotator, neuron, {"skipped": True}, seen)


def flag(project: Project, annotator: str, neuron: int, on: bool, seen: Seen | None = None) -> Changes:
    """Mark the neuron for somebody to look at, or take the mark away."""
    return annotate(project, annotator, neuron, {"flagged": on}, seen)


def tag(
    project: Project, annotator: str, neuron: int, tags: Iterable[str], seen: Seen | None = None
) -> Changes:
    """Give the neuron these tags of the annotator's own, and no others."""
    return annotate(project, annotator, neuron, {"tags": list(tags)}, seen)


def reopen(project: Project, annotator: str, neuron: int, seen: Seen | None = None) -> Changes:
    """Take back the decision, so that the neuron is to be reviewed again."""
    new = {"decision": None, "concept": None, "skipped": False}
    return annotate(project, annotator, neuron, new, seen)


def labels_of(project: Project, annotator: str, acts: int) -> Callable[[int], Label]:
    """The annotator's label of a neuron; for many acts all labels are read at once."""
    if acts < ALL_AT_ONCE:
        return lambda neuron: project.events.label(annotator, neuron)
    known = {label.neuron: label for label in project.events.labels(annotator)}
    return lambda neuron: known.get(neuron) or Label(neuron, annotator)


def _changed(act: Act, now: Callable[[int], Label], count: int) -> tuple[Act, dict[str, Any]] | None:
    """The act with what really changes, and the old values; None when nothing does."""
    _check_number(act.neuron, count)
    values = label_values(now(act.neuron))
    new = {name: v for name, v in check_values(act.new).items() if v != values[name]}
    if not new:
        return None
    return Act(act.neuron, new, finite_scores(act.seen)), {n: values[n] for n in new}


def finite_scores(seen: Seen) -> Seen:
    """The same without scores that JSON cannot hold."""
    if not seen.scores:
        return seen
    scores = {name: float(v) for name, v in seen.scores.items() if math.isfinite(v)}
    return replace(seen, scores=scores)


def check_neuron(project: Project, neuron: int) -> None:
    """Raises `UserError` when the project has no such neuron."""
    _check_number(neuron, project.neuron_count())


def _check_number(neuron: int, count: int) -> None:
    if not 0 <= neuron < count:
        raise UserError(f"There is no neuron {neuron} in this project; it has {count}.")
