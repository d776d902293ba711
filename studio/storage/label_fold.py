"""What the events add up to: the newest value of each field of each label."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from studio.domain.annotation import FIELDS, Decision, Label
from studio.domain.modality import Modality
from studio.storage.blobs import damaged

#: What a field says before anybody has set it.
EMPTY: Mapping[str, Any] = {
    "decision": None,
    "concept": None,
    "modality": None,
    "rating": None,
    "note": "",
    "skipped": False,
    "flagged": False,
    "tags": [],
}
LABEL_FIELDS = frozenset(FIELDS)


def fold(acts: Iterable[tuple[str, int, Mapping[str, Any]]]) -> list[Label]:
    """Labels from (annotator, neuron, new values) in the order of (clock, id): the last value stays.

    Sorted by annotator and neuron. The SQL view `label` says the same. Acts that set no field of a label
    (an assignment, a gold neuron) make none.
    """
    found: dict[tuple[str, int], dict[str, Any]] = {}
    for annotator, neuron, new in acts:
        if not LABEL_FIELDS.isdisjoint(new):
            found.setdefault((annotator, neuron), {}).update(new)
    return [make_label(annotator, neuron, values) for (annotator, neuron), values in sorted(found.items())]


def make_label(annotator: str, neuron: int, values: Mapping[str, Any]) -> Label:
    """A label from JSON values by field. Raises `NotAProjectError` when one cannot be read."""
    known = {name: values.get(name, empty) for name, empty in EMPTY.items()}
    try:
        decision = None if known["decision"] is None else Decision(known["decision"])
        modality = None if known["modality"] is None else Modality(known["modality"])
        rating = None if known["rating"] is None else int(known["rating"])
        tags = tuple(str(tag) for tag in known["tags"])
    except (ValueError, TypeError) as error:
        raise damaged(f"The label of neuron {neuron} by {annotator}") from error
    concept = None if known["concept"] is None else str(known["concept"])
    return Label(
        neuron, annotator, decision, concept, modality, rating,
        str(known["note"] or ""), bool(known["skipped"]), bool(known["flagged"]), tags,
    )  # fmt: skip


def label_values(label: Label) -> dict[str, Any]:
    """The JSON value of every field of a label."""
    return {
        "decision": None if label.decision is None else label.decision.value,
        "concept": label.concept,
        "modality": None if label.modality is None else label.modality.value,
        "rating": label.rating,
        "note": label.note,
        "skipped": label.skipped,
        "flagged": label.flagged,
        "tags": list(label.tags),
    }
