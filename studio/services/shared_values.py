"""Write what all annotators share: one act, one transaction, one undo."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from uuid import uuid4

from studio.domain.annotation import PROJECT, Seen
from studio.domain.changes import Changes
from studio.domain.errors import UserError
from studio.services.annotate import check_neuron
from studio.services.label_values import check_annotator
from studio.storage.project import Project


def set_shared(
    project: Project,
    annotator: str,
    field: str,
    values: Mapping[int, Any],
    title: str,
    group: str | None = None,
) -> Changes:
    """Set one field of `SHARED` (or, at `PROJECT`, of `PROJECT_FIELDS`) to a JSON value for each neuron.

    Neurons where it says so already are left out; nothing is written when none is left. An act that is
    written in several transactions has the same `group` in each. Raises `UserError` for a neuron that does
    not exist.
    """
    annotator = check_annotator(annotator)
    with project.transaction():
        now = {neuron: _now(project, neuron, field) for neuron in values}
        changed = {neuron: value for neuron, value in values.items() if now[neuron] != value}
        rows = [(n, {field: value}, {field: now[n]}, Seen()) for n, value in sorted(changed.items())]
        project.events.append_many(annotator, rows, group=group or uuid4().hex, title=title)
    return Changes.of_events(changed)


def about(what: str, neurons: Collection[int]) -> str:
    """The name of an act: "mark as gold, neuron 812", or "assign, 30 neurons"."""
    if len(neurons) == 1:
        return f"{what}, neuron {next(iter(neurons))}"
    return f"{what}, {len(neurons)} neurons"


def check_lead(project: Project, annotator: str, what: str) -> None:
    """Raises `UserError` when the project has a lead and it is somebody else."""
    policy = project.events.policy()
    if not policy.leads(check_annotator(annotator)):
        raise UserError(f"Only {policy.lead}, who leads this project, can {what}. Ask them to do it.")


def _now(project: Project, neuron: int, field: str) -> Any:
    if neuron != PROJECT:
        check_neuron(project, neuron)
    return project.events.shared_values(neuron)[field]
