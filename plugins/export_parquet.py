"""Exports as Parquet, for pandas, Polars, DuckDB and R."""

from __future__ import annotations

import json
from typing import IO

from plugins.export_table import arrow_batches, arrow_schema
from studio.api import ExportRows, hookimpl


class ParquetExporter:
    """The columns of the CSV with their types; provenance is JSON in the file's metadata."""

    name = "parquet"
    suffix = ".parquet"
    title = "Parquet table"
    note = "The columns of the CSV with their types, for pandas, Polars, DuckDB and R."
    order = 3

    def write(self, rows: ExportRows, file: IO[bytes]) -> None:
        """Write every row, a group at a time."""
        import pyarrow.parquet as pq

        about = json.dumps(dict(rows.provenance), ensure_ascii=False)
        schema = arrow_schema({"concept_studio": about})
        with pq.ParquetWriter(file, schema, compression="zstd") as writer:
            for batch in arrow_batches(rows, schema):
                writer.write_batch(batch)


@hookimpl
def concept_studio_exporters() -> list[ParquetExporter]:
    """The format `parquet`."""
    return [ParquetExporter()]
