"""The events of a neuron in words: who said what, when, having seen what."""

from __future__ import annotations

from typing import Any

from studio.domain.annotation import Event, EventKind, Seen
from studio.ui.review.side.entries import Entry, local_time

SHOWN = {"proposal": "the proposal", "class": "the automatic class", "peers": "others' work"}


def history_entries(events: list[Event]) -> list[Entry]:
    """The newest first. Comments stand in the discussion."""
    return [
        Entry(f"{local_time(event.at)} · {event.annotator}", f"{what(event)}{having_seen(event)}")
        for event in reversed(events)
        if event.kind is not EventKind.COMMENT
    ]


def comment_entries(events: list[Event]) -> list[Entry]:
    """The discussion, oldest first."""
    return [
        Entry(f"{event.annotator} · {local_time(event.at)}", str(event.new.get("comment", "")))
        for event in events
        if event.kind is EventKind.COMMENT
    ]


def what(event: Event) -> str:
    """What was done, without the neuron's number."""
    if event.kind is EventKind.REVEAL:
        shown = ", ".join(SHOWN.get(str(name), str(name)) for name in event.new.get("reveal", ()))
        return f"revealed {shown}; had said: {said(event.old)}"
    verb = {EventKind.UNDO: "undo: ", EventKind.REDO: "redo: "}.get(event.kind, "")
    final = event.new.get("final")
    if isinstance(final, dict):
        return f"{verb}adjudicated: {said(final)}"
    title = event.title.split(", neuron ")[0]
    concept = event.new.get("concept")
    return f"{verb}{title}: “{concept}”" if concept and not verb else f"{verb}{title}"


def said(values: Any) -> str:
    """A label in a few words."""
    parts = [
        f"“{values['concept']}”" if values.get("concept") else str(values.get("decision") or ""),
        str(values.get("modality") or ""),
        f"rating {values['rating']}" if values.get("rating") else "",
    ]
    return ", ".join(part for part in parts if part) or "nothing"


def having_seen(event: Event) -> str:
    """What was in front of them, as a second line; "" where that was not recorded."""
    seen: Seen = event.seen
    parts = [f"{len(seen.evidence_ids)} examples"] if seen.evidence_ids else []
    if seen.scores:
        parts.append("scores")
    if not parts:
        return ""
    how = "after a reveal" if seen.revealed else "blind" if seen.blind else ""
    return f"\nhaving seen {', '.join(parts)}{f' ({how})' if how else ''}"
