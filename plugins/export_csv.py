"""Exports as CSV for spreadsheets, in which no cell can become a formula."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Sequence
from typing import IO, Any

from plugins.export_table import COLUMNS, PARTS, Cells
from studio.api import ExportRows, hookimpl

#: A text that begins like this gets an apostrophe in front; taking one away again gives the text back.
RISKY = re.compile("'*[=+\\-@\t\r\0]")


class CsvExporter:
    """One line a row after a header; UTF-8 with a byte order mark, which spreadsheets need."""

    name = "csv"
    suffix = ".csv"
    title = "CSV for spreadsheets"
    note = "One line for each neuron and annotator. No cell can become a formula. Can be imported."
    order = 2
    parts = PARTS

    def write(self, rows: ExportRows, file: IO[bytes]) -> None:
        """Write every row."""
        text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
        writer = csv.writer(text)
        writer.writerow([column.name for column in COLUMNS])
        cells = Cells(rows.provenance, cell)
        writer.writerows(map(cells.of, rows))
        text.detach()


@hookimpl
def concept_studio_exporters() -> list[CsvExporter]:
    """The format `csv`."""
    return [CsvExporter()]


def cell(name: str, value: Any) -> Any:
    """What stands in a cell. Lists are text: evidence ids with semicolons, tags, which may hold anything,
    as JSON."""
    if isinstance(value, (list, tuple)):
        value = _tags(value) if name == "tags" else "; ".join(value)
    return safe(value)


def safe(value: Any) -> Any:
    """A cell no spreadsheet takes for a formula. Numbers stay numbers; unknown ones become empty."""
    if isinstance(value, float) and not math.isfinite(value):
        return ""
    if isinstance(value, str) and RISKY.match(value):
        return "'" + value
    return value


def _tags(value: Sequence[str]) -> str:
    return json.dumps(list(value), ensure_ascii=False) if value else ""
