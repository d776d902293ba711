"""Exports as Parquet, for pandas, Polars, DuckDB and R."""

from __future__ import annotations

import json
from typing import IO

from plugins.export_table import PARTS, Cells, ParquetTable, arrow_schema, plain
from studio.api import ExportRows, hookimpl


class ParquetExporter:
    """The columns of the CSV with their types; provenance is JSON in the file's metadata."""

    name = "parquet"
    suffix = ".parquet"
    title = "Parquet table"
    note = "The columns of the CSV with their types, for pandas, Polars, DuckDB and R."
    order = 3
    parts = PARTS

    def write(self, rows: ExportRows, file: IO[bytes]) -> None:
        """Write every row, a group at a time."""
        about = json.dumps(dict(rows.provenance), ensure_ascii=False)
        cells = Cells(rows.provenance, plain)
        with ParquetTable(file, arrow_schema({"concept_studio": about})) as table:
            for row in rows:
                table.add(cells.of(row))


@hookimpl
def concept_studio_exporters() -> list[ParquetExporter]:
    """The format `parquet`."""
    return [ParquetExporter()]
