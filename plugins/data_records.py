"""A record of any data set as a sample: which column is what, and what its values mean."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from plugins.data_turns import BadSampleError, clean, turns_of
from studio.api import ImageSource, Sample

#: What each field is called elsewhere, the most particular name first.
ALIASES: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "question_id", "sample_id", "uid"),
    "image": (
        "image", "images", "img", "picture", "pictures", "image_path", "image_file", "image_name",
        "file_name", "filename",
    ),
    "conversations": ("conversations", "conversation"),
    "messages": ("messages",),
    "question": ("question", "query", "prompt", "instruction"),
    "answer": ("multiple_choice_answer", "answer", "answers", "response", "solution", "label"),
    "caption": ("caption", "captions", "sentence", "description"),
    "text": ("text",),
}  # fmt: skip
#: Several pictures in columns of their own, such as image_1, image_2 …
NUMBERED = re.compile(r"(?:image|img|picture)s?[_ -]?(\d+)$", re.IGNORECASE)


def propose_columns(names: Iterable[str], wanted: Iterable[tuple[str, str]] = ()) -> dict[str, str]:
    """The field that is taken from each column: `wanted` (column, field) first, then by name. The field ""
    leaves a column out. Only pictures are taken from several columns: those asked for, or numbered ones."""
    known, found = {name.casefold(): name for name in names}, dict(wanted)
    for field, aliases in ALIASES.items():
        if field in found.values():
            continue
        name = next((known[a] for a in aliases if a in known and known[a] not in found), None)
        if name is not None:
            found[name] = field
        elif field == "image":
            found |= dict.fromkeys(_numbered(set(known.values()) - set(found)), field)
    return {name: field for name, field in found.items() if field}


def _numbered(names: Iterable[str]) -> list[str]:
    """The columns of a record's pictures where each has one of its own, by their numbers."""
    found = [(int(match[1]), name) for name in names if (match := NUMBERED.match(name))]
    return [name for _, name in sorted(found)]


def column_fields(records: Iterable[Any], wanted: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Each column of these records, in their order, with the field that is taken from it, "" for none."""
    names = dict.fromkeys(str(name) for record in records if isinstance(record, dict) for name in record)
    fields = propose_columns(names, wanted)
    return {name: fields.get(name, "") for name in names}


def to_sample(record: Any, folder: Path | None, place: int, wanted: Iterable[tuple[str, str]] = ()) -> Sample:
    """One record as a sample. `folder` is resolved; pictures outside it are refused, and without one
    pictures are bytes."""
    if not isinstance(record, dict):
        raise BadSampleError("it is no JSON object")
    columns = propose_columns(record, wanted)
    fields = {field: record.get(column) for column, field in columns.items()}
    shown = [record.get(column) for column, field in columns.items() if field == "image"]
    images = tuple(_source(value, folder) for cell in shown for value in _pictures(cell))
    turns = turns_of(fields, len(images))
    if not images and not any(turn.text for turn in turns):
        raise BadSampleError("it has neither a picture nor text")
    extra = {key: value for key, value in record.items() if key not in columns}
    return Sample(_name(fields.get("id"), place), images, turns, extra)


def _name(value: Any, place: int) -> str:
    known = isinstance(value, (str, int)) and not isinstance(value, bool) and str(value).strip()
    return clean(str(value)) if known else f"line-{place}"


def _pictures(found: Any) -> list[Any]:
    if found is None or found == "":
        return []
    return list(found) if isinstance(found, (list, tuple)) else [found]


def _source(value: Any, folder: Path | None) -> ImageSource:
    if isinstance(value, dict):  # as Hugging Face data sets keep pictures
        value = value.get("bytes") or value.get("path")
    if isinstance(value, bytes):
        return ImageSource(data=value)
    if not isinstance(value, str) or not value:
        raise BadSampleError("“image” is no path and no list of paths")
    if folder is None:
        raise BadSampleError(f"the picture {value!r} is a path, and this data set brings no files")
    return ImageSource(path=inside(value, folder))


def inside(name: str, folder: Path) -> Path:
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
