"""The flat table that CSV, Parquet and the Hugging Face data set share: one row a label."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO, TYPE_CHECKING, Any

from studio.api import EXPORT_VERSION, ExampleKind, ExportRow, Part

if TYPE_CHECKING:
    import pyarrow as pa

#: What the columns are made of, beside the label and the class.
PARTS = frozenset({Part.EXAMPLES})
#: Rows held in memory at once, and in one row group.
GROUP = 4096


@dataclass(frozen=True, slots=True)
class Column:
    """`kind` is "int", "float", "bool", "text" or "texts"; `value` takes it from a row (None: unknown)."""

    name: str
    kind: str
    value: Callable[[ExportRow], Any]


def _label(name: str, empty: Any = None) -> Callable[[ExportRow], Any]:
    return lambda row: empty if row.label is None else getattr(row.label, name)


def _final(name: str) -> Callable[[ExportRow], Any]:
    return lambda row: row.shared.final and getattr(row.shared.final, name)


def _verdict(name: str) -> Callable[[ExportRow], Any]:
    return lambda row: row.verdict and getattr(row.verdict, name)


def _source(name: str, key: str = "") -> Callable[[ExportRow], Any]:
    def found(row: ExportRow) -> Any:
        value = row.provenance.get(name)
        return public(value.get(key) if isinstance(value, Mapping) else value)

    return found


def public(value: Any) -> Any:
    """A name to pass on: a path of this computer becomes its last part, a Hub id stays."""
    absolute = isinstance(value, str) and (PurePosixPath(value).is_absolute() or PureWindowsPath(value).drive)
    return PureWindowsPath(value).name if absolute else value


def _top(row: ExportRow) -> list[str]:
    return [e.evidence_id(row.neuron) for e in row.examples if e.kind is ExampleKind.TOP]


COLUMNS = (
    Column("neuron", "int", lambda row: row.neuron),
    Column("concept", "text", lambda row: row.concept),
    Column("proposed_concept", "text", lambda row: row.proposed),
    Column("modality", "text", lambda row: row.modality),
    Column("label_modality", "text", _label("modality")),
    Column("automatic_modality", "text", lambda row: row.automatic),
    Column("rating", "int", _label("rating")),
    Column("decision", "text", _label("decision")),
    Column("note", "text", _label("note", "")),
    Column("tags", "texts", _label("tags", ())),
    Column("skipped", "bool", _label("skipped", False)),
    Column("flagged", "bool", _label("flagged", False)),
    Column("annotator", "text", _label("annotator")),
    Column("agreement", "float", lambda row: row.agreement),
    Column("final_decision", "text", _final("decision")),
    Column("final_concept", "text", _final("concept")),
    Column("final_modality", "text", _final("modality")),
    Column("final_rating", "int", _final("rating")),
    Column("score", "float", _verdict("score")),
    Column("q", "float", _verdict("q")),
    Column("image_share", "float", _verdict("image_share")),
    Column("evidence_ids", "texts", _top),
    Column("model", "text", _source("model", "model")),
    Column("layer", "int", _source("layer")),
    Column("sae", "text", _source("sae", "source")),
    Column("data", "text", _source("data", "source")),
    Column("project_id", "text", _source("project_id")),
    Column("schema_version", "int", lambda _row: EXPORT_VERSION),
)


def arrow_schema(metadata: Mapping[str, str]) -> pa.Schema:
    """The table's schema, with `metadata` in the file."""
    import pyarrow as pa

    kinds = {
        "int": pa.int64(), "float": pa.float64(), "bool": pa.bool_(), "text": pa.string(),
        "texts": pa.list_(pa.string()),
    }  # fmt: skip
    return pa.schema([pa.field(c.name, kinds[c.kind]) for c in COLUMNS], metadata=dict(metadata))


def cells(row: ExportRow) -> dict[str, Any]:
    """The values of a row by column."""
    return {column.name: plain(column.value(row)) for column in COLUMNS}


class ParquetTable:
    """Writes rows as they come, a group at a time; a context manager that writes the rest and closes."""

    def __init__(self, where: Path | IO[bytes], schema: pa.Schema, group: int = GROUP) -> None:
        import pyarrow.parquet as pq

        self._schema, self._group = schema, group
        self._writer = pq.ParquetWriter(where, schema, compression="zstd")
        self._rows: list[dict[str, Any]] = []

    def add(self, row: dict[str, Any]) -> None:
        """One row: its values by column."""
        self._rows.append(row)
        if len(self._rows) == self._group:
            self._flush()

    def __enter__(self) -> ParquetTable:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: object) -> None:
        if error is None:
            self._flush()
            self._writer.close()
            return
        with suppress(OSError):  # what went wrong first is what the person has to hear
            self._writer.close()

    def _flush(self) -> None:
        import pyarrow as pa

        if self._rows:
            self._writer.write_batch(pa.RecordBatch.from_pylist(self._rows, schema=self._schema))
            self._rows = []


def grouped(rows: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """Lists of `size` items; the last one may be shorter."""
    some: list[Any] = []
    for row in rows:
        some.append(row)
        if len(some) == size:
            yield some
            some = []
    if some:
        yield some


def plain(value: Any) -> Any:
    """An enum as its text, a tuple as a list."""
    if isinstance(value, tuple):
        return list(value)
    return str(value) if isinstance(value, str) else value
