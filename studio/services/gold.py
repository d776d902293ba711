"""Gold neurons: what is known to be true of them, set by the lead, to hold annotators against."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from studio.domain.changes import Changes
from studio.domain.errors import UserError
from studio.domain.modality import Modality
from studio.domain.shared import Gold, shared_json
from studio.services.label_values import check_annotator, check_values
from studio.services.shared_values import about, check_lead, set_shared
from studio.storage.project import Project


def mark_gold(
    project: Project,
    annotator: str,
    neuron: int,
    concept: str | None = None,
    modality: Modality | None = None,
    rating: int | None = None,
) -> Changes:
    """Say what is true of a neuron; None leaves a part open. One undo takes it back.

    Raises `UserError` when somebody else leads the project or nothing is said.
    """
    check_lead(project, annotator, "mark gold neurons")
    said: dict[str, Any] = {"concept": (concept or "").strip() or None, "rating": rating}
    said = check_values({**said, "modality": None if modality is None else modality.value})
    if all(value is None for value in said.values()):
        raise UserError("Say what is true of a gold neuron: its concept, its class or its rating.")
    gold = Gold(said["concept"], modality, said["rating"], check_annotator(annotator))
    values = {neuron: shared_json(gold)}
    return set_shared(project, annotator, "gold", values, about("mark as gold", values))


def unmark_gold(project: Project, annotator: str, neurons: Iterable[int]) -> Changes:
    """Take the gold mark away. Raises `UserError` when somebody else leads the project."""
    check_lead(project, annotator, "mark gold neurons")
    todo = dict.fromkeys(neurons)
    return set_shared(project, annotator, "gold", todo, about("unmark gold", todo))
