"""Records of a table in a file, one after another: JSONL, JSON, CSV, TSV, Parquet."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from plugins.data_records import BadSampleError
from studio.api import DataError

MAX_LINE = 16 * 1024 * 1024
MAX_JSON = 1024 * 1024 * 1024
BOM = b"\xef\xbb\xbf"
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


def _lines(file: Path) -> Records:
    with open(file, "rb") as lines:
        number = 0
        while line := lines.readline(MAX_LINE + 1):
            number += 1
            if len(line) > MAX_LINE:
                yield number, BadSampleError(f"it is longer than {MAX_LINE // 2**20} MiB")
                while line and not line.endswith(b"\n"):
                    line = lines.readline(MAX_LINE)
            elif line.strip():
                yield number, _parsed(line.removeprefix(BOM) if number == 1 else line)


def _items(file: Path) -> Records:
    found = load_json(file)
    if not isinstance(found, list):
        raise DataError(f"“{file.name}” is no list of samples.")
    yield from enumerate(found, 1)


def load_json(file: Path, reduce: Callable[[dict[str, Any]], Any] | None = None) -> Any:
    """A whole JSON file; `reduce` may make less of each object while it is read. Raises `DataError`."""
    if file.stat().st_size > MAX_JSON:
        raise DataError(f"“{file.name}” is larger than 1 GiB. Write it as .jsonl, line by line.")
    try:
        return json.loads(file.read_bytes().removeprefix(BOM).decode("utf-8"), object_hook=reduce)
    except UnicodeDecodeError as error:
        raise DataError(f"“{file.name}” cannot be read: it is not UTF-8 text.") from error
    except (ValueError, RecursionError) as error:
        raise DataError(f"“{file.name}” cannot be read: it is not valid JSON.") from error


def _rows(file: Path) -> Records:
    """CSV with a header; a file of another encoding than UTF-8 is refused, not guessed."""
    with open(file, encoding="utf-8-sig", newline="") as text:
        try:
            head = text.read(64 * 1024)
            text.seek(0)
            found = csv.DictReader(text, delimiter=_delimiter(file, head), strict=True)
            for number, row in enumerate(found, 2):
                whole = None not in row and None not in row.values()
                yield (
                    number,
                    {k: v for k, v in row.items() if v != ""}
                    if whole
                    else BadSampleError("it has more or fewer cells than the header"),
                )
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
    import pyarrow
    from pyarrow import parquet

    try:
        number = 0
        for batch in parquet.ParquetFile(file).iter_batches(PARQUET_ROWS):
            for row in batch.to_pylist():
                number += 1
                yield number, row
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
    ".json": _items,
    ".csv": _rows,
    ".tsv": _rows,
    ".parquet": _parquet,
}
