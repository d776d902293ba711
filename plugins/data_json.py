"""JSON files, read piece by piece: lists item by item, objects member by member, never held whole."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from studio.api import DataError

#: Longest line or item, in bytes or characters.
MAX_LINE = 16 * 1024 * 1024
#: Characters that are read at a time.
CHUNK = 1024 * 1024
SPACE = re.compile(r"[ \t\r\n]*")
BOM = b"\xef\xbb\xbf"


def items(file: Path) -> Iterator[tuple[int, Any]]:
    """(place, item) of a JSON list, one after another. Raises `DataError`."""
    with opened(file) as text:
        if text.next() != "[":
            text.skip()
            raise DataError(f"“{file.name}” is no list of samples.")
        yield from enumerate(text.items(), 1)


def members(file: Path) -> Iterator[tuple[str, Any]]:
    """(key, value) of a JSON object, in the order of the file; where the value is a list, (key, item) of each
    of its items. Raises `DataError`."""
    with opened(file) as text:
        if text.next() != "{":
            text.skip()
            raise DataError(f"“{file.name}” is no data set as its makers publish it.")
        for key in text.names():
            values = text.items() if text.next() == "[" else iter([text.value()])
            yield from ((key, value) for value in values)


@contextmanager
def opened(file: Path) -> Iterator[JsonText]:
    """The text of a file; what is wrong with it is a sentence. Raises `DataError`."""
    with open(file, encoding="utf-8-sig") as text:
        try:
            yield JsonText(text)
        except UnicodeDecodeError as error:
            raise DataError(f"“{file.name}” cannot be read: it is not UTF-8 text.") from error
        except (ValueError, RecursionError) as error:
            raise DataError(f"“{file.name}” cannot be read: it is not valid JSON.") from error


class JsonText:
    """A place in a JSON text. Its methods go on from there; they raise `ValueError` for what is no JSON, and
    for a single value longer than `MAX_LINE`. Commas are not insisted upon."""

    def __init__(self, text: IO[str]) -> None:
        self._text, self._decode = text, json.JSONDecoder().raw_decode
        self._held, self._at, self._ended = "", 0, False

    def next(self) -> str:
        """The next character that is no space, which stays; "" at the end."""
        while True:
            self._at = SPACE.match(self._held, self._at).end()  # type: ignore[union-attr]
            if self._at < len(self._held):
                return self._held[self._at]
            if self._ended:
                return ""
            self._more()

    def value(self) -> Any:
        """One value, whole."""
        self.next()
        while True:
            try:
                value, end = self._decode(self._held, self._at)
                whole = end < len(self._held) or self._ended  # a number may go on in the next piece
            except ValueError:
                if self._ended:
                    raise
                whole = False
            if whole:
                self._at = end
                return value
            if len(self._held) - self._at > MAX_LINE:
                raise ValueError("a value is too long")
            self._more()

    def items(self) -> Iterator[Any]:
        """Each item of the list that begins here."""
        for _ in self._parts("[", "]"):
            yield self.value()

    def names(self) -> Iterator[str]:
        """Each key of the object that begins here; its value must be read before the next one."""
        for _ in self._parts("{", "}"):
            key = self.value()
            if not isinstance(key, str):
                raise ValueError("a key is no text")
            self._take(":")
            yield key

    def skip(self) -> None:
        """To the end of the value that begins here; one that is long is gone through in parts."""
        if (first := self.next()) == "[":
            for _ in self.items():
                pass
        elif first == "{":
            for _ in self.names():
                self.skip()
        else:
            self.value()

    def _parts(self, first: str, last: str) -> Iterator[None]:
        self._take(first)
        while (found := self.next()) != last:
            if found == ",":
                self._at += 1
            elif found:
                yield
            else:
                raise ValueError("it ends early")
        self._at += 1

    def _take(self, expected: str) -> None:
        if self.next() != expected:
            raise ValueError(f"there is no {expected}")
        self._at += 1

    def _more(self) -> None:
        """Read on: as much again as is held, so that a long value is not tried too often."""
        rest = len(self._held) - self._at
        more = self._text.read(max(CHUNK, rest))
        self._held, self._at, self._ended = self._held[self._at :] + more, 0, not more
