"""The adjudicator's word on a neuron whose annotators differ. Recorded as such; nobody's label changes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from studio.domain.annotation import Decision, Label
from studio.domain.changes import Changes
from studio.domain.errors import UserError
from studio.domain.modality import Modality
from studio.domain.shared import Final, shared_json
from studio.services.label_values import check_annotator, check_values
from studio.services.shared_values import about, set_shared
from studio.storage.project import Project


def adjudicate(
    project: Project,
    annotator: str,
    neuron: int,
    decision: Decision,
    concept: str | None,
    modality: Modality | None = None,
    rating: int | None = None,
    picked: str = "",
) -> Changes:
    """Decide on a neuron. `picked` is the annotator whose label it is, "" for the adjudicator's own words.

    Raises `UserError` for a value no label can have, and for own words without a word.
    """
    said: dict[str, Any] = {"concept": (concept or "").strip() or None, "rating": rating}
    said = check_values({**said, "modality": None if modality is None else modality.value})
    if decision is Decision.EDITED and said["concept"] is None:
        raise UserError("A concept needs at least one word. Write one, or reject the neuron.")
    if decision is Decision.REJECTED:
        said["concept"] = None
    by = check_annotator(annotator)
    final = Final(decision, said["concept"], modality, said["rating"], by, picked)
    values = {neuron: shared_json(final)}
    return set_shared(project, annotator, "final", values, about("adjudicate", values))


def pick(project: Project, annotator: str, label: Label) -> Changes:
    """Decide for the label of one annotator. Raises `UserError` when that one has not decided."""
    if label.decision is None:
        raise UserError(f"{label.annotator} has not decided on neuron {label.neuron}. Pick another label.")
    return adjudicate(
        project,
        annotator,
        label.neuron,
        label.decision,
        label.concept,
        label.modality,
        label.rating,
        label.annotator,
    )


def reopen_adjudication(project: Project, annotator: str, neurons: Iterable[int]) -> Changes:
    """Take adjudicated labels away, so that the neurons are to be adjudicated again."""
    todo = dict.fromkeys(neurons)
    title = (
        f"adjudicate again, {len(todo)} neurons"
        if len(todo) != 1
        else f"adjudicate again, neuron {min(todo)}"
    )
    return set_shared(project, annotator, "final", todo, title)
