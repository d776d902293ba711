"""Exports as CSV for spreadsheets, in which no cell can become a formula."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator
from typing import IO, Any

from studio.api import EXPORT_VERSION, ExampleKind, ExportRow, hookimpl

#: A text cell that begins with one of these gets an apostrophe in front.
RISKY = ("=", "+", "-", "@", "\t", "\r", "\0")
COLUMNS = (
    *(
        "neuron",
        "concept",
        "proposed_concept",
        "modality",
        "automatic_modality",
        "rating",
        "decision",
        "note",
    ),
    *(
        "skipped",
        "flagged",
        "annotator",
        "score",
        "q",
        "image_share",
        "evidence_ids",
        "model",
        "layer",
        "sae",
    ),
    *("data", "project_id", "schema_version"),
)


class CsvExporter:
    """One line a row after a header; UTF-8 with a byte order mark, which spreadsheets need."""

    name = "csv"
    suffix = ".csv"
    title = "CSV for spreadsheets"

    def write(self, rows: Iterator[ExportRow], file: IO[bytes]) -> None:
        """Write every row."""
        text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
        writer = csv.writer(text)
        writer.writerow(COLUMNS)
        for row in rows:
            writer.writerow([safe(value) for value in cells(row)])
        text.detach()


@hookimpl
def concept_studio_exporters() -> list[CsvExporter]:
    """The format `csv`."""
    return [CsvExporter()]


def safe(value: Any) -> Any:
    """A cell no spreadsheet takes for a formula. Numbers stay numbers; unknown ones become empty."""
    if isinstance(value, float) and not math.isfinite(value):
        return ""
    if isinstance(value, str) and value.startswith(RISKY):
        return "'" + value
    return value


def cells(row: ExportRow) -> list[Any]:
    """The values of `COLUMNS`."""
    label, verdict, source = row.label, row.verdict, row.provenance
    top = [e.evidence_id(row.neuron) for e in row.examples if e.kind is ExampleKind.TOP]
    return [
        *(row.neuron, row.concept, row.proposed, row.modality, row.automatic),
        *((label.rating, label.decision, label.note) if label else (None, None, "")),
        *((label.skipped, label.flagged, label.annotator) if label else (False, False, None)),
        *((verdict.score, verdict.q, verdict.image_share) if verdict else (None, None, None)),
        "; ".join(top),
        *(_name(source.get("model"), "model"), source.get("layer"), _name(source.get("sae"), "source")),
        *(_name(source.get("data"), "source"), source.get("project_id"), EXPORT_VERSION),
    ]


def _name(value: Any, key: str) -> Any:
    return value.get(key) if isinstance(value, dict) else value
