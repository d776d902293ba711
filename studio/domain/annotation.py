"""What an annotator says: append-only events, and the labels they add up to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from studio.domain.modality import Modality


class Decision(StrEnum):
    """What the annotator did with the proposed concept."""

    ACCEPTED = "accepted"
    EDITED = "edited"
    REJECTED = "rejected"


class EventKind(StrEnum):
    """Why an event was written."""

    SET = "set"
    UNDO = "undo"
    REDO = "redo"
    REVEAL = "reveal"
    COMMENT = "comment"


#: Kinds whose `new` counts. A reveal or a comment sets nothing, and nothing takes it back.
ACTS = (EventKind.SET, EventKind.UNDO, EventKind.REDO)
#: The fields of a label that events set. Values are JSON: str, int, bool, list of str or None (not set).
FIELDS = ("decision", "concept", "modality", "rating", "note", "skipped", "flagged", "tags")
#: Fields of a neuron that all annotators share: the newest value by (clock, id) of anybody counts.
SHARED = ("final", "gold", "assigned")
#: Fields of the project as a whole; shared too. Their events stand at the neuron `PROJECT`.
PROJECT_FIELDS = ("guidelines", "policy")
PROJECT = -1


@dataclass(frozen=True, slots=True)
class Seen:
    """What was in front of the annotator when they decided."""

    evidence_ids: tuple[str, ...] = ()
    scores: Mapping[str, float] = field(default_factory=dict)
    blind: bool = False
    revealed: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """One act of one annotator on one neuron. `id` is its SHA-256 over itself and `previous`.

    `clock` is a Lamport clock: events of merged copies are ordered by (clock, id), whatever the wall
    clocks said. `group` joins the events of one bulk act; `target` names the undone or redone group.
    `old` and `new` map names of `FIELDS`, `SHARED` or `PROJECT_FIELDS` to JSON values. A reveal has what was
    uncovered in `new` ("reveal") and the annotator's label at that moment in `old`; a comment its text
    ("comment").
    """

    id: str
    previous: str
    clock: int
    at: str
    annotator: str
    neuron: int
    kind: EventKind
    group: str
    target: str
    title: str
    old: Mapping[str, Any]
    new: Mapping[str, Any]
    seen: Seen


@dataclass(frozen=True, slots=True)
class Label:
    """The current word of one annotator on one neuron."""

    neuron: int
    annotator: str
    decision: Decision | None = None
    concept: str | None = None
    modality: Modality | None = None
    rating: int | None = None
    note: str = ""
    skipped: bool = False
    flagged: bool = False
    tags: tuple[str, ...] = ()

    @property
    def reviewed(self) -> bool:
        """A neuron counts as reviewed once its concept was accepted, edited or rejected."""
        return self.decision is not None
