"""The raw table of a study as CSV and Parquet."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from studio.services.disk import no_leftover, plain_disk_errors
from studio.services.study.scoring import Row

COLUMNS = tuple(Row.__dataclass_fields__)
#: A text cell that begins with one of these would be a formula to a spreadsheet.
RISKY = ("=", "+", "-", "@", "\t", "\r")


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write a table, whole or not at all. Unknown numbers are empty cells, and no text can be a formula.

    Raises `DiskFullError` or `UserError`.
    """
    part = path.with_name(path.name + ".part")
    with plain_disk_errors(path), no_leftover(part):
        with part.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(columns)
            writer.writerows([_cell(row.get(name)) for name in columns] for row in rows)
        part.replace(path)


def write_parquet(path: Path, rows: Sequence[Row]) -> None:
    """Write the rows as one Parquet table; NaN becomes null. Raises as `write_csv`."""
    import pyarrow
    from pyarrow import parquet

    columns = {name: [_known(getattr(row, name)) for row in rows] for name in COLUMNS}
    table = pyarrow.table(columns, schema=_schema(pyarrow))
    part = path.with_name(path.name + ".part")
    with plain_disk_errors(path), no_leftover(part):
        parquet.write_table(table, part)
        part.replace(path)


def records(rows: Iterable[Row]) -> Iterable[dict[str, Any]]:
    """The rows by column name."""
    return ({name: getattr(row, name) for name in COLUMNS} for row in rows)


def _schema(pyarrow: Any) -> Any:
    kinds = {"neuron": "int64", "side": "string", "method": "string", "concept": "string"}
    kinds |= dict.fromkeys(("run", "seen", "held_out", "silent"), "int64") | {"stands_out": "bool"}
    return pyarrow.schema([(name, kinds.get(name, "float64")) for name in COLUMNS])


def _known(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value


def _cell(value: Any) -> Any:
    value = _known(value)
    return "'" + value if isinstance(value, str) and value.startswith(RISKY) else value
