"""Records of a table in a file, one after another: JSONL, JSON, CSV, TSV, Parquet."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from plugins.data_json import BOM, MAX_LINE, items
from plugins.data_turns import BadSampleError
from studio.api import DataError

#: Rows of a Parquet file that are held at a time; rows may carry pictures.
PARQUET_ROWS = 64

Records = Iterator[tuple[int, Any]]


def records(file: Path) -> Records:
    """(place, record) of every row; a `BadSampleError` stands for one that cannot be read. Raises
    `DataError` when the file as a whole cannot be."""
    try:
        yield from READERS[file.suffix.lower()](file)
    except OSError as error:
        raise DataError(f"“{file}” cannot be read: {error.strerror or error}.") from error


def count_records(file: Path) -> int:
    """How many records `records` gives, without reading more of each than must be. Raises `DataError`."""
    return max(counts(file), default=0)


def counts(file: Path) -> Iterator[int]:
    """How many records there are at least, ever more, and in the end how many there are. Raises
    `DataError`."""
    kind = file.suffix.lower()
    if kind == ".parquet":
        from pyarrow import parquet

        with _parquet_sentences(file):
            yield parquet.read_metadata(file).num_rows
    elif kind == ".jsonl":
        with open(file, "rb") as lines:
            yield from counted(line for line in _bounded(lines) if line.strip())
    elif kind in (".csv", ".tsv"):
        with _table(file) as (rows, _):
            next(rows, None)
            yield from counted(row for row in rows if row)
    else:
        yield from counted(records(file))


def counted(things: Iterable[Any]) -> Iterator[int]:
    """1, 2, 3 … for each of them."""
    return (number for number, _ in enumerate(things, 1))


def _lines(file: Path) -> Records:
    with open(file, "rb") as lines:
        for number, line in enumerate(_bounded(lines), 1):
            if len(line) > MAX_LINE:
                yield number, BadSampleError(f"it is longer than {MAX_LINE // 2**20} MiB")
            elif line.strip():
                yield number, _parsed(line.removeprefix(BOM) if number == 1 else line)


def _bounded(lines: IO[bytes]) -> Iterator[bytes]:
    """The lines, of one that is too long no more than its first `MAX_LINE` + 1 bytes."""
    while line := lines.readline(MAX_LINE + 1):
        yield line
        while len(line) > MAX_LINE and not line.endswith(b"\n"):
            line = lines.readline(MAX_LINE + 1)


def _rows(file: Path) -> Records:
    """CSV with a header."""
    with _table(file) as (rows, names):
        next(rows, None)
        for number, row in enumerate((row for row in rows if row), 2):
            whole = len(row) == len(names)
            yield (
                number,
                {name: cell for name, cell in zip(names, row, strict=True) if cell}
                if whole
                else BadSampleError("it has more or fewer cells than the header"),
            )


@contextmanager
def _table(file: Path) -> Iterator[tuple[Iterator[list[str]], list[str]]]:
    """All rows of a CSV, the header included, and the names in it. A file of another encoding than UTF-8 is
    refused, not guessed."""
    with open(file, encoding="utf-8-sig", newline="") as text:
        try:
            delimiter = _delimiter(file, text.read(64 * 1024))
            text.seek(0)
            names = next(csv.reader(text, delimiter=delimiter, strict=True), [])
            text.seek(0)
            yield csv.reader(text, delimiter=delimiter, strict=True), names
        except UnicodeDecodeError as error:
            raise DataError(f"“{file.name}” is not UTF-8 text. Save it as UTF-8.") from error
        except csv.Error as error:
            raise DataError(f"“{file.name}” is no CSV: {error}.") from error


def _delimiter(file: Path, head: str) -> str:
    if file.suffix.lower() == ".tsv":
        return "\t"
    first = next(csv.reader(io.StringIO(head)), [""])
    return ";" if len(first) == 1 and ";" in first[0] else ","


def _parquet(file: Path) -> Records:
    from pyarrow import parquet

    with _parquet_sentences(file):
        number = 0
        for batch in parquet.ParquetFile(file).iter_batches(PARQUET_ROWS):
            for row in batch.to_pylist():
                number += 1
                yield number, row


@contextmanager
def _parquet_sentences(file: Path) -> Iterator[None]:
    import pyarrow

    try:
        yield
    except pyarrow.ArrowException as error:
        raise DataError(f"“{file.name}” cannot be read as Parquet: {str(error).splitlines()[0]}") from error


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line.decode("utf-8"))
    except UnicodeDecodeError:
        return BadSampleError("it is not UTF-8 text")
    except (ValueError, RecursionError):
        return BadSampleError("it is not valid JSON")


READERS: Mapping[str, Callable[[Path], Records]] = {
    ".jsonl": _lines,
    ".json": items,
    ".csv": _rows,
    ".tsv": _rows,
    ".parquet": _parquet,
}
