"""Events as rows, and as the bytes that their ids are the hash of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from studio.domain.annotation import ACTS, Event, EventKind, Seen
from studio.storage.blobs import damaged
from studio.storage.database import Row

COLUMNS = "id, previous, clock, at, annotator, neuron, kind, act, target, title, old, new, seen"
#: Condition for events whose `new` counts.
IS_ACT = "kind IN ({})".format(", ".join(f"'{kind}'" for kind in ACTS))
#: Made once: for events by the ten thousand, making it takes as long as using it.
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False)
#: Clocks beyond this are nobody's; a double holds them exactly.
MAX_CLOCK = 2**53


def event_id(event: Event) -> str:
    """SHA-256 in hex over the canonical JSON of the list of every field but `id`."""
    return hash_of(event_row(event)[1:])


def hash_of(values: Sequence[Any]) -> str:
    """`event_id` of the values of `COLUMNS` but `id`. Three of them are canonical JSON already: they go into
    the list as they stand, so that nothing is encoded twice."""
    plain, (old, new, seen) = canonical(list(values[:-3])), values[-3:]
    return hashlib.sha256(f"{plain[:-1]},{old},{new},{seen}]".encode()).hexdigest()


def canonical(value: Any) -> str:
    """JSON with sorted keys, no spaces, ASCII only: the same value always gives the same bytes."""
    return _CANONICAL.encode(value)


def seen_object(seen: Seen) -> dict[str, Any]:
    """`Seen` as JSON."""
    return {
        "evidence_ids": list(seen.evidence_ids),
        "scores": dict(seen.scores),
        "blind": seen.blind,
        "revealed": seen.revealed,
    }


def event_row(event: Event) -> tuple[Any, ...]:
    """The values of `COLUMNS`."""
    return (
        event.id, event.previous, event.clock, event.at, event.annotator, event.neuron, str(event.kind),
        event.group, event.target, event.title, canonical(dict(event.old)), canonical(dict(event.new)),
        canonical(seen_object(event.seen)),
    )  # fmt: skip


def sealed(draft: Event) -> tuple[Event, tuple[Any, ...]]:
    """An event without an id with its own, and its row."""
    values = event_row(draft)[1:]
    identifier = hash_of(values)
    event = Event(
        identifier, draft.previous, draft.clock, draft.at, draft.annotator, draft.neuron, draft.kind,
        draft.group, draft.target, draft.title, draft.old, draft.new, draft.seen,
    )  # fmt: skip
    return event, (identifier, *values)


def row_event(row: Row) -> Event:
    """The event of a row. Raises `NotAProjectError` when it cannot be read."""
    identifier, previous, clock, at, annotator, neuron, kind, group, target, title, old, new, seen = row
    try:
        return Event(
            identifier, previous, clock, at, annotator, neuron, EventKind(kind), group, target, title,
            load_object(old), load_object(new), load_seen(load_object(seen)),
        )  # fmt: skip
    except (ValueError, TypeError, KeyError) as error:
        raise damaged(f"An annotation of neuron {neuron}") from error


def load_object(text: str) -> Mapping[str, Any]:
    """A JSON object. Raises `NotAProjectError` when it is none."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise damaged("An annotation") from error
    if not isinstance(found, dict):
        raise damaged("An annotation")
    return found


def load_seen(found: Mapping[str, Any]) -> Seen:
    """`Seen` from JSON. Raises `KeyError`, `TypeError` or `ValueError` when it is none."""
    scores = {str(name): value for name, value in dict(found["scores"]).items()}
    ids = tuple(str(identifier) for identifier in found["evidence_ids"])
    return Seen(ids, scores, bool(found["blind"]), bool(found["revealed"]))
