"""The flat table that CSV, Parquet and the Hugging Face data set share: one row a label."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO, TYPE_CHECKING, Any

from studio.api import EXPORT_VERSION, ExportRow, Part

if TYPE_CHECKING:
    import pyarrow as pa

#: What the columns are made of, beside the label and the class.
PARTS = frozenset({Part.EVIDENCE_IDS})
#: Rows held in memory at once, and in one row group.
GROUP = 4096


@dataclass(frozen=True, slots=True)
class Column:
    """`kind` is "int", "float", "bool", "text" or "texts"; `value` takes it from a row (None: unknown), or
    from the provenance where all rows of an export have it in common (`OF_EXPORT`)."""

    name: str
    kind: str
    value: Callable[[Any], Any]


def _label(name: str, empty: Any = None) -> Callable[[ExportRow], Any]:
    return lambda row: empty if row.label is None else getattr(row.label, name)


def _final(name: str) -> Callable[[ExportRow], Any]:
    return lambda row: row.shared.final and getattr(row.shared.final, name)


def _verdict(name: str) -> Callable[[ExportRow], Any]:
    return lambda row: row.verdict and getattr(row.verdict, name)


def _source(name: str, kind: str, place: str, key: str = "") -> Column:
    def found(provenance: Mapping[str, Any]) -> Any:
        value = provenance.get(place)
        return public(value.get(key) if isinstance(value, Mapping) else value)

    return Column(name, kind, found)


def public(value: Any) -> Any:
    """A name to pass on: a path of this computer becomes its last part, a Hub id stays."""
    absolute = isinstance(value, str) and (PurePosixPath(value).is_absolute() or PureWindowsPath(value).drive)
    return PureWindowsPath(value).name if absolute else value


OF_ROW = (
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
    Column("evidence_ids", "texts", lambda row: row.evidence_ids),
)
OF_EXPORT = (
    _source("model", "text", "model", "model"),
    _source("layer", "int", "layer"),
    _source("sae", "text", "sae", "source"),
    _source("data", "text", "data", "source"),
    _source("project_id", "text", "project_id"),
    Column("schema_version", "int", lambda _provenance: EXPORT_VERSION),
)
COLUMNS = OF_ROW + OF_EXPORT


def arrow_schema(metadata: Mapping[str, str]) -> pa.Schema:
    """The table's schema, with `metadata` in the file."""
    import pyarrow as pa

    kinds = {
        "int": pa.int64(), "float": pa.float64(), "bool": pa.bool_(), "text": pa.string(),
        "texts": pa.list_(pa.string()),
    }  # fmt: skip
    return pa.schema([pa.field(c.name, kinds[c.kind]) for c in COLUMNS], metadata=dict(metadata))


class Cells:
    """The values of rows in the order of `COLUMNS`, after `cell(name, value)`; what all rows of an export
    have in common is made once."""

    def __init__(self, provenance: Mapping[str, Any], cell: Callable[[str, Any], Any]) -> None:
        self._cell = cell
        self._common = [cell(column.name, column.value(provenance)) for column in OF_EXPORT]

    def of(self, row: ExportRow) -> list[Any]:
        """The values of one row."""
        return [*[self._cell(column.name, column.value(row)) for column in OF_ROW], *self._common]


class ParquetTable:
    """Writes rows as they come, a group at a time; a context manager that writes the rest and closes."""

    def __init__(self, where: Path | IO[bytes], schema: pa.Schema, group: int = GROUP) -> None:
        import pyarrow.parquet as pq

        self._schema, self._group = schema, group
        self._writer = pq.ParquetWriter(where, schema, compression="zstd")
        self._rows: list[Sequence[Any]] = []

    def add(self, row: Sequence[Any]) -> None:
        """One row: its values in the order of the schema."""
        self._rows.append(row)
        if len(self._rows) == self._group:
            self._flush()

    def add_named(self, row: Mapping[str, Any]) -> None:
        """One row: its values by column."""
        self.add([row[name] for name in self._schema.names])

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
            columns = zip(self._schema.types, zip(*self._rows, strict=True), strict=True)
            arrays = [pa.array(values, kind) for kind, values in columns]
            self._writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=self._schema))
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


def plain(_name: str, value: Any) -> Any:
    """An enum as its text, a tuple as a list."""
    if isinstance(value, tuple):
        return list(value)
    return str(value) if isinstance(value, str) else value
