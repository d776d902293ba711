"""Exports as JSON lines: everything that is known about each row, nothing rounded."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import fields
from typing import IO, Any

from studio.api import EXPORT_VERSION, ExportRow, ExportRows, Part, hookimpl


class JsonlExporter:
    """One JSON object a line, UTF-8. NaN and infinity, which JSON has not, become null."""

    name = "jsonl"
    suffix = ".jsonl"
    title = "JSON lines, lossless"
    note = "Everything, with history, evidence ids and scores. Can be imported again."
    order = 1
    parts = frozenset(Part) - {Part.MAPS, Part.EVIDENCE_IDS}

    def write(self, rows: ExportRows, file: IO[bytes]) -> None:
        """Write every row."""
        provenance = text(dict(rows.provenance))
        for row in rows:
            line = text(as_object(row))
            file.write(f'{line[:-1]}, "provenance": {provenance}}}\n'.encode())


@hookimpl
def concept_studio_exporters() -> list[JsonlExporter]:
    """The format `jsonl`."""
    return [JsonlExporter()]


def as_object(row: ExportRow) -> dict[str, Any]:
    """A row as JSON, without the provenance, which all rows have in common."""
    label = row.label
    return {
        "schema_version": EXPORT_VERSION,
        "neuron": row.neuron,
        "concept": row.concept,
        "proposed_concept": row.proposed,
        "modality": row.modality,
        "label_modality": label and label.modality,
        "automatic_modality": row.automatic,
        "rating": label and label.rating,
        "note": label.note if label else "",
        "decision": label and label.decision,
        "skipped": bool(label and label.skipped),
        "flagged": bool(label and label.flagged),
        "tags": list(label.tags) if label else [],
        "annotator": label and label.annotator,
        "agreement": row.agreement,
        "final": fields_of(row.shared.final),
        "gold": fields_of(row.shared.gold),
        "assigned": fields_of(row.shared.assigned),
        "evidence": [_example(row.neuron, example) for example in row.examples],
        "verdict": fields_of(row.verdict),
        "proposals": [fields_of(proposal) for proposal in row.proposals],
        "alignments": [fields_of(alignment) for alignment in row.alignments],
        "history": [_event(event) for event in row.history],
    }


def fields_of(value: Any) -> dict[str, Any] | None:
    """The fields of a flat data class by name; None for None. `dataclasses.asdict` copies what is in them,
    too, which takes most of the time of an export."""
    return None if value is None else {field.name: getattr(value, field.name) for field in fields(value)}


def text(value: Mapping[str, Any]) -> str:
    """JSON in one line."""
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    except ValueError:  # a number that is none
        return json.dumps(finite(value), ensure_ascii=False, allow_nan=False)


def finite(value: Any) -> Any:
    """The same JSON with null for numbers that are none."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    return [finite(item) for item in value] if isinstance(value, (list, tuple)) else value


def _example(neuron: int, example: Any) -> dict[str, Any]:
    return {
        "id": example.evidence_id(neuron),
        "sample_id": example.sample_id,
        "side": example.side,
        "kind": example.kind,
        "position": example.position,
        "score": example.score,
    }


def _event(event: Any) -> dict[str, Any]:
    names = ("id", "previous", "clock", "at", "annotator", "kind", "group", "target", "title")
    seen = event.seen
    return {
        **{name: getattr(event, name) for name in names},
        "old": dict(event.old),
        "new": dict(event.new),
        "seen": {
            "evidence_ids": list(seen.evidence_ids),
            "scores": dict(seen.scores),
            "blind": seen.blind,
            "revealed": seen.revealed,
        },
    }
