"""JSON files: a list item by item, anything else as a whole."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

from studio.api import DataError

#: Longest line or item, in bytes or characters, and largest file that is read as a whole.
MAX_LINE = 16 * 1024 * 1024
MAX_JSON = 1024 * 1024 * 1024
#: Characters of a list that are read at a time.
CHUNK = 1024 * 1024
OPENING = re.compile(r"\s*\[")
BETWEEN = re.compile(r"[\s,]*")
BOM = b"\xef\xbb\xbf"


def items(file: Path) -> Iterator[tuple[int, Any]]:
    """(place, item) of a JSON list, one after another: the list is never held whole. Raises `DataError`."""
    with open(file, encoding="utf-8-sig") as text:
        try:
            if not (start := OPENING.match(text.read(CHUNK))):
                load_json(file)
                raise DataError(f"“{file.name}” is no list of samples.")
            text.seek(0)
            yield from enumerate(_decoded(text, start.end()), 1)
        except UnicodeDecodeError as error:
            raise DataError(f"“{file.name}” cannot be read: it is not UTF-8 text.") from error
        except (ValueError, RecursionError) as error:
            raise DataError(f"“{file.name}” cannot be read: it is not valid JSON.") from error


def _decoded(text: IO[str], at: int) -> Iterator[Any]:
    """Each item of the list whose first one begins `at` characters into `text`. Raises `ValueError`."""
    decode, held = json.JSONDecoder().raw_decode, text.read(CHUNK)
    while True:
        at = BETWEEN.match(held, at).end()  # type: ignore[union-attr]  # it matches nothing, too
        if held.startswith("]", at):
            return
        try:
            item, end = decode(held, at)
            whole = end < len(held)  # a number may go on in the next piece
        except ValueError:
            whole = False
        if whole:
            at = end
            yield item
            continue
        more = text.read(max(CHUNK, len(held) - at))
        if not more or len(held) - at > MAX_LINE:
            raise ValueError("the list ends early, or an item is too long")
        held, at = held[at:] + more, 0


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
