"""Read labels from a JSONL or CSV file: an export, or a table somebody wrote. Nothing is written here."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.domain.annotation import FIELDS
from studio.domain.errors import DataError, UserError

#: Largest file that is read, in bytes; longest line of a CSV cell.
LARGEST = 4 * 2**30
CELL = 4 * 2**20
#: What an export says beside the label; an import leaves it alone.
BESIDE = frozenset(
    (
        *(
            "schema_version",
            "neuron",
            "proposed_concept",
            "label_modality",
            "automatic_modality",
            "annotator",
        ),
        *("agreement", "final", "gold", "assigned", "evidence", "verdict", "proposals", "alignments"),
        *("history", "provenance", "final_decision", "final_concept", "final_modality", "final_rating"),
        *("score", "q", "image_share", "evidence_ids", "model", "layer", "sae", "data", "project_id"),
    )
)
KNOWN = BESIDE | set(FIELDS)
VERSIONS = (None, 1)
_PREFIXED = re.compile("'+[=+\\-@\t\r\0]")
_BOOLS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


@dataclass(frozen=True, slots=True)
class Found:
    """One row: where it stands, whose it is ("" nobody's), the values it gives, and which project it is of.

    A field without a value says nothing and is not in `values`.
    """

    line: int
    neuron: int
    annotator: str
    values: Mapping[str, Any]
    project: str


@dataclass(frozen=True, slots=True)
class Wrong:
    """A row that cannot be read, and the sentence that says why."""

    line: int
    why: str


def read_labels_file(path: Path) -> Iterator[Found | Wrong]:
    """The rows of a file, by line. Raises `DataError` for a file that is missing, of another kind, not UTF-8
    or too large."""
    kinds = {".jsonl": _read_jsonl, ".ndjson": _read_jsonl, ".csv": _read_csv}
    if path.suffix.lower() not in kinds:
        raise DataError(
            f"{path.name} is neither a .jsonl nor a .csv file. Export the labels as one of these."
        )
    try:
        if not path.is_file() and path.exists():
            raise DataError(f"{path.name} is no file with labels. Choose a .jsonl or .csv file.")
        if path.stat().st_size > LARGEST:
            raise DataError(f"{path.name} is larger than {LARGEST // 2**30} GiB. Split it.")
        yield from kinds[path.suffix.lower()](path)
    except UnicodeDecodeError as error:
        raise DataError(f"{path.name} is not UTF-8. Save it as UTF-8 and try again.") from error
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}).") from error


def lines_of(path: Path) -> int:
    """About how many rows a file has, for its progress; 0 where it cannot be read."""
    if not path.is_file():  # a pipe has an end only when whoever writes it says so
        return 0
    try:
        with open(path, "rb") as file:
            return sum(block.count(b"\n") for block in iter(lambda: file.read(2**20), b""))
    except OSError:
        return 0


def _read_jsonl(path: Path) -> Iterator[Found | Wrong]:
    with open(path, encoding="utf-8-sig", newline="\n") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
                if not isinstance(row, dict):
                    raise ValueError
            except (ValueError, RecursionError):
                yield Wrong(number, "this is no JSON object")
            else:
                yield _found(number, row, lambda _name, value: value)


def _read_csv(path: Path) -> Iterator[Found | Wrong]:
    csv.field_size_limit(CELL)
    with open(path, encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, strict=True, restkey="")
        try:
            if "neuron" not in (reader.fieldnames or ()):
                raise DataError(
                    f"{path.name} has no column “neuron”. Its first line has to name the columns."
                )
            _check_fields(dict.fromkeys(reader.fieldnames or ()))
            for row in reader:
                given = {k: (_plain(v) if isinstance(v, str) else v) for k, v in row.items()}
                yield _found(reader.line_num, given, _from_cell)
        except UserError as error:
            if isinstance(error, DataError):
                raise
            yield Wrong(1, str(error))
        except csv.Error as error:
            yield Wrong(reader.line_num, f"this is no CSV ({error})")


def _found(line: int, row: Mapping[Any, Any], convert: Callable[[str, Any], Any]) -> Found | Wrong:
    try:
        _check_fields(row)
        neuron = _neuron(row.get("neuron"))
        own = {name: row.get(name) for name in FIELDS}
        if "label_modality" in row:  # an export says the automatic class where the annotator gave none
            own["modality"] = row["label_modality"]
        values = {n: convert(n, v) for n, v in own.items() if v is not None and v != ""}
        return Found(line, neuron, str(row.get("annotator") or ""), values, _project(row))
    except UserError as error:
        return Wrong(line, str(error))


def _check_fields(row: Mapping[Any, Any]) -> None:
    unknown = [str(name) or "a cell without a name" for name in row if name not in KNOWN]
    if unknown:
        raise UserError(f"there is no field “{unknown[0]}”; a label has {', '.join(FIELDS)}")
    version = row.get("schema_version")
    if version not in (*VERSIONS, "", *(str(v) for v in VERSIONS)):
        raise UserError(f"it was written by a newer version (layout {version}); update Concept Studio")


def _neuron(value: Any) -> int:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,15}", value.strip()):
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise UserError(f"a neuron is a whole number, not {_short(value)}")


def _project(row: Mapping[Any, Any]) -> str:
    source = row.get("provenance")
    inner = source.get("project_id") if isinstance(source, Mapping) else None
    return str(inner or row.get("project_id") or "")


def _plain(cell: str) -> str:
    """A cell without the apostrophe that kept a spreadsheet from taking it for a formula."""
    return cell[1:] if _PREFIXED.match(cell) else cell


def _from_cell(name: str, cell: Any) -> Any:
    """A value from the text of a cell."""
    if name == "rating":
        return int(cell) if re.fullmatch(r"[0-9]{1,9}", cell.strip()) else cell
    if name in ("skipped", "flagged"):
        if cell.strip().lower() not in _BOOLS:
            raise UserError(f"{name} is true or false, not {_short(cell)}")
        return _BOOLS[cell.strip().lower()]
    return _tags(cell) if name == "tags" else cell


def _tags(cell: str) -> list[Any]:
    """JSON as exports write it, or words with semicolons between them."""
    if cell.lstrip().startswith("["):
        try:
            found = json.loads(cell)
            return found if isinstance(found, list) else [cell]
        except (ValueError, RecursionError):
            pass
    return cell.split(";")


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
