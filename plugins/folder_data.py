"""Reads a folder with pictures and one JSON or JSONL file of samples."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.api import DataError, DataSpec, ImageSource, Sample, Skipped, Turn, hookimpl

FILE_NAMES = ("samples.jsonl", "samples.json")
MARKER = "<image>"
MAX_LINE = 16 * 1024 * 1024
MAX_JSON = 1024 * 1024 * 1024
ROLES = {"human": "user", "user": "user", "gpt": "assistant", "assistant": "assistant"}
FIELDS = (("question", "user"), ("answer", "assistant"), ("caption", "assistant"), ("text", "user"))
TEXTS = ("conversations", "messages", "question", "answer", "caption", "text", "image", "images", "id")


class BadSampleError(ValueError):
    """One record that makes no sample, with the reason."""


@hookimpl
def concept_studio_open_data(spec: DataSpec) -> FolderReader | None:
    """Takes any path that exists, and leaves the rest to other readers."""
    source = Path(spec.source).expanduser()
    if not source.exists():
        if source.is_absolute() or spec.source.startswith((".", "~")):
            raise DataError(f"There is no folder “{spec.source}”. Check the path of the data set.")
        return None
    return FolderReader(_samples_file(source))


def _samples_file(source: Path) -> Path:
    """The file itself, or the one in the folder: `FILE_NAMES` first, else the only *.jsonl or *.json."""
    if source.is_file():
        if source.suffix.lower() in (".jsonl", ".json"):
            return source
        raise DataError(f"“{source.name}” is neither a .jsonl nor a .json file.")
    for name in FILE_NAMES:
        if (source / name).is_file():
            return source / name
    for suffix in (".jsonl", ".json"):
        found = sorted(path for path in source.iterdir() if path.suffix.lower() == suffix and path.is_file())
        if len(found) == 1:
            return found[0]
        if found:
            names = ", ".join(path.name for path in found[:4])
            raise DataError(f"“{source}” holds several files of samples ({names} ...). Give one of them.")
    raise DataError(f"“{source}” holds no samples.jsonl and no other .jsonl or .json file.")


@dataclass(frozen=True, slots=True)
class FolderReader:
    """One pass over the file for each call of `samples`; a JSONL file is never held whole."""

    file: Path
    name: str = "folder"

    def samples(self) -> Iterator[Sample | Skipped]:
        """Samples in the file's order; a record that makes no sample is a `Skipped` named by its line."""
        folder = self.file.parent.resolve()
        for place, record in self._records():
            try:
                if isinstance(record, BadSampleError):
                    raise record
                yield to_sample(record, folder, place)
            except BadSampleError as error:
                yield Skipped(f"{self.file.name}:{place}", f"Line {place}: {error}")

    def _records(self) -> Iterator[tuple[int, Any]]:
        try:
            yield from self._lines() if self.file.suffix.lower() == ".jsonl" else self._items()
        except OSError as error:
            raise DataError(f"“{self.file}” cannot be read: {error.strerror}.") from error

    def _lines(self) -> Iterator[tuple[int, Any]]:
        with open(self.file, "rb") as lines:
            number = 0
            while line := lines.readline(MAX_LINE + 1):
                number += 1
                if len(line) > MAX_LINE:
                    yield number, BadSampleError(f"it is longer than {MAX_LINE // 2**20} MiB")
                    while line and not line.endswith(b"\n"):
                        line = lines.readline(MAX_LINE)
                elif line.strip():
                    yield number, _parsed(line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line)

    def _items(self) -> Iterator[tuple[int, Any]]:
        if self.file.stat().st_size > MAX_JSON:
            raise DataError(f"“{self.file.name}” is larger than 1 GiB. Write it as .jsonl, line by line.")
        found = _parsed(self.file.read_bytes().removeprefix(b"\xef\xbb\xbf"))
        if isinstance(found, BadSampleError):
            raise DataError(f"“{self.file.name}” cannot be read: {found}.")
        if not isinstance(found, list):
            raise DataError(f"“{self.file.name}” is no list of samples.")
        yield from enumerate(found, 1)


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line.decode("utf-8"))
    except UnicodeDecodeError:
        return BadSampleError("it is not UTF-8 text")
    except (ValueError, RecursionError):
        return BadSampleError("it is not valid JSON")


def to_sample(record: Any, folder: Path, place: int) -> Sample:
    """One record as a sample. `folder` is resolved; pictures outside it are refused."""
    if not isinstance(record, dict):
        raise BadSampleError("it is no JSON object")
    turns = tuple(_turns(record))
    images = tuple(ImageSource(path=_inside(name, folder)) for name in _image_names(record))
    if not images and not turns:
        raise BadSampleError("it has neither a picture nor text")
    name = record.get("id")
    known = isinstance(name, (str, int)) and not isinstance(name, bool) and str(name).strip()
    extra = {key: value for key, value in record.items() if key not in TEXTS}
    return Sample(_clean(str(name)) if known else f"line-{place}", images, turns, extra)


def _turns(record: dict[str, Any]) -> Iterator[Turn]:
    for key in ("conversations", "messages"):
        if key in record:
            yield from _conversation(record[key], key)
            return
    for key, role in FIELDS:
        if key in record:
            text = _text(record[key], key)
            if text:
                yield Turn(role, text)


def _conversation(items: Any, key: str) -> Iterator[Turn]:
    if not isinstance(items, list):
        raise BadSampleError(f"“{key}” is no list")
    for item in items:
        if not isinstance(item, dict):
            raise BadSampleError(f"a turn in “{key}” is no object")
        speaker = item.get("from", item.get("role"))
        if speaker == "system":
            continue
        if speaker not in ROLES:
            raise BadSampleError(f"a turn is by {speaker!r}, not by human or gpt")
        text = _text(item.get("value", item.get("content")), key)
        if text:
            yield Turn(ROLES[speaker], text)


def _text(value: Any, key: str) -> str:
    """The text without image markers. A list of parts, as chat templates take it, is joined."""
    if isinstance(value, list):
        parts = [part.get("text", "") for part in value if isinstance(part, dict)]
        value = "".join(part for part in parts if isinstance(part, str))
    if not isinstance(value, str):
        raise BadSampleError(f"the text in “{key}” is no string")
    return _clean(value.replace(MARKER, "")).strip()


def _clean(text: str) -> str:
    """Lone surrogates, which JSON can spell and no file can hold, become question marks."""
    return text.encode("utf-8", "replace").decode("utf-8") if not text.isascii() else text


def _image_names(record: dict[str, Any]) -> list[str]:
    found = record.get("image", record.get("images"))
    names = [] if found is None or found == "" else found if isinstance(found, list) else [found]
    if not all(isinstance(name, str) and name for name in names):
        raise BadSampleError("“image” is no path and no list of paths")
    return names


def _inside(name: str, folder: Path) -> Path:
    """The path of a picture. It may be absolute, but never leave the folder, links followed."""
    if "\0" in name:
        raise BadSampleError("the path of the picture is not valid")
    try:
        path = (folder / name).resolve()
    except (OSError, RuntimeError):
        raise BadSampleError(f"the path of the picture {name!r} cannot be followed") from None
    if ".." in Path(name).parts or not path.is_relative_to(folder):
        raise BadSampleError(f"the picture {name!r} is outside the folder of the data set")
    return path
