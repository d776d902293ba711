"""Copy rows of a bundle into a project, range by range, so that each transaction is short.

A table is replaced in the order of its key: one step deletes the project's rows up to a key and inserts the
bundle's. At any moment every row is either the old one or the new one, and a copy that was cut off goes on
from the last key that was committed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from studio.storage.database import Database, Row


@dataclass(frozen=True, slots=True)
class Table:
    """A table to be replaced. `key` is its first key column; `within` narrows what is replaced to rows whose
    value of that column occurs in the bundle (proposals of one explainer leave those of others alone)."""

    name: str
    columns: tuple[str, ...]
    key: str
    within: str | None = None


EVIDENCE = Table("evidence", ("neuron", "body"), "neuron")
HISTOGRAM = Table("histogram", ("first", "image", "text"), "first")
COLUMNS = Table("neuron_column", ("name", "body"), "name")
SKIPPED = Table("skipped", ("id", "reason"), "id")
PROPOSAL = Table(
    "proposal",
    ("neuron", "side", "explainer", "concept", "category", "state", "raw", "candidates", "details"),
    "neuron",
    "explainer",
)
ALIGNMENT = Table(
    "alignment",
    ("neuron", "side", "concept", "aligner", "a", "z", "p", "q", "rank", "softmax", "bank_size", "n"),
    "neuron",
    "aligner",
)
SCORE = Table(
    "score",
    ("neuron", "side", "scorer", "concept", "value", "low", "high", "n", "details"),
    "neuron",
    "scorer",
)
VERDICT = Table(
    "verdict",
    (
        *("neuron", "concept", "modality", "score", "q"),
        *("image_share", "mass_modality", "flagged", "causal"),
    ),
    "neuron",
)


def replace(source: Database, target: Database, table: Table, after: Any, rows: int) -> Iterator[Any]:
    """Replace a table after key `after` (None: from the start), about `rows` rows a step.

    Each step must run in a transaction of the caller's: the generator yields the last key done before it
    goes on, and None when the table is done.
    """
    while True:
        batch = _batch(source, table, after, rows)
        last = batch[-1][table.columns.index(table.key)] if batch else None
        _clear(source, target, table, after, last)
        marks = ", ".join("?" * len(table.columns))
        names = ", ".join(table.columns)
        target.executemany(f"INSERT OR REPLACE INTO {table.name}({names}) VALUES({marks})", batch)
        yield last
        if last is None:
            return
        after = last


def is_empty(database: Database, table: Table) -> bool:
    """Whether a table has no rows."""
    return database.value(f"SELECT 1 FROM {table.name} LIMIT 1") is None


def _batch(source: Database, table: Table, after: Any, rows: int) -> Sequence[Row]:
    """The next rows, whole keys only: a key's rows are never split over two steps."""
    names = ", ".join(table.columns)
    where, values = ("", []) if after is None else (f"WHERE {table.key} > ?", [after])
    edge = source.value(
        f"SELECT max({table.key}) FROM "
        f"(SELECT {table.key} FROM {table.name} {where} ORDER BY {table.key} LIMIT ?)",
        [*values, rows],
    )
    if edge is None:
        return []
    where = f"{where} AND {table.key} <= ?" if where else f"WHERE {table.key} <= ?"
    return source.rows(f"SELECT {names} FROM {table.name} {where} ORDER BY {table.key}", [*values, edge])


def _clear(source: Database, target: Database, table: Table, after: Any, last: Any) -> None:
    """Delete the project's rows with keys in (after, last]; without `last` to the end."""
    conditions: list[str] = []
    values: list[Any] = []
    for operator, bound in ((">", after), ("<=", last)):
        if bound is not None:
            conditions.append(f"{table.key} {operator} ?")
            values.append(bound)
    if table.within is not None:
        kept = [row[0] for row in source.rows(f"SELECT DISTINCT {table.within} FROM {table.name}")]
        conditions.append(f"{table.within} IN ({', '.join('?' * len(kept))})")
        values += kept
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    target.execute(f"DELETE FROM {table.name}{where}", values)
