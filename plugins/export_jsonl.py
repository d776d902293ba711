"""Exports as JSON lines: everything that is known about each row, nothing rounded."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import IO, Any

from studio.api import EXPORT_VERSION, ExportRow, ExportRows, Part, hookimpl


class JsonlExporter:
    """One JSON object a line, UTF-8. NaN and infinity, which JSON has not, become null."""

    name = "jsonl"
    suffix = ".jsonl"
    title = "JSON lines, lossless"
    note = "Everything, with history, evidence ids and scores. Can be imported again."
    order = 1
    parts = frozenset(Part) - {Part.MAPS}

    def write(self, rows: ExportRows, file: IO[bytes]) -> None:
        """Write every row."""
        for row in rows:
            line = json.dumps(finite(as_object(row)), ensure_ascii=False, allow_nan=False)
            file.write(line.encode() + b"\n")


@hookimpl
def concept_studio_exporters() -> list[JsonlExporter]:
    """The format `jsonl`."""
    return [JsonlExporter()]


def as_object(row: ExportRow) -> dict[str, Any]:
    """A row as JSON."""
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
        "final": row.shared.final and asdict(row.shared.final),
        "gold": row.shared.gold and asdict(row.shared.gold),
        "assigned": row.shared.assigned and asdict(row.shared.assigned),
        "evidence": [_example(row.neuron, example) for example in row.examples],
        "verdict": row.verdict and asdict(row.verdict),
        "proposals": [asdict(proposal) for proposal in row.proposals],
        "alignments": [asdict(alignment) for alignment in row.alignments],
        "history": [_event(event) for event in row.history],
        "provenance": dict(row.provenance),
    }


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
    fields = ("id", "previous", "clock", "at", "annotator", "kind", "group", "target", "title")
    seen = event.seen
    return {
        **{name: getattr(event, name) for name in fields},
        "old": dict(event.old),
        "new": dict(event.new),
        "seen": {
            "evidence_ids": list(seen.evidence_ids),
            "scores": dict(seen.scores),
            "blind": seen.blind,
            "revealed": seen.revealed,
        },
    }
