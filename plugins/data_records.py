"""A record of any data set as a sample: which column is what, and what its values mean."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from studio.api import ImageSource, Sample, Turn

MARKER = "<image>"
ROLES = {"human": "user", "user": "user", "gpt": "assistant", "assistant": "assistant"}
FIELDS = (("question", "user"), ("answer", "assistant"), ("caption", "assistant"), ("text", "user"))
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


class BadSampleError(ValueError):
    """One record that makes no sample, with the reason."""


def propose_columns(names: Iterable[str], wanted: Iterable[tuple[str, str]] = ()) -> dict[str, str]:
    """Which column each field of a sample is taken from: `wanted` (column, field) first, then by name. The
    field "" leaves a column out."""
    known, wanted = {name.casefold(): name for name in names}, tuple(wanted)
    found = {field: column for column, field in wanted if field}
    taken = {column for column, _ in wanted}
    for field, aliases in ALIASES.items():
        name = next((known[a] for a in aliases if a in known and known[a] not in taken), None)
        if field not in found and name is not None:
            found[field] = name
            taken.add(name)
    return found


def column_fields(records: Iterable[Any], wanted: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Each column of these records, in their order, with the field that is taken from it, "" for none."""
    names = dict.fromkeys(str(name) for record in records if isinstance(record, dict) for name in record)
    fields = {column: field for field, column in propose_columns(names, wanted).items()}
    return {name: fields.get(name, "") for name in names}


def to_sample(record: Any, folder: Path | None, place: int, wanted: Iterable[tuple[str, str]] = ()) -> Sample:
    """One record as a sample. `folder` is resolved; pictures outside it are refused, and without one
    pictures are bytes."""
    if not isinstance(record, dict):
        raise BadSampleError("it is no JSON object")
    columns = propose_columns(record, wanted)
    fields = {field: record.get(column) for field, column in columns.items()}
    turns = tuple(_turns(fields))
    images = tuple(_source(value, folder) for value in _pictures(fields.get("image")))
    if not images and not turns:
        raise BadSampleError("it has neither a picture nor text")
    extra = {key: value for key, value in record.items() if key not in columns.values()}
    return Sample(_name(fields.get("id"), place), images, turns, extra)


def _name(value: Any, place: int) -> str:
    known = isinstance(value, (str, int)) and not isinstance(value, bool) and str(value).strip()
    return clean(str(value)) if known else f"line-{place}"


def _turns(fields: Mapping[str, Any]) -> Iterator[Turn]:
    for key in ("conversations", "messages"):
        if key in fields:
            yield from _conversation(fields[key], key)
            return
    for key, role in FIELDS:
        if key in fields:
            text = words(fields[key], key)
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
        text = _parts(item.get("value", item.get("content")), key)
        if text:
            yield Turn(ROLES[speaker], text)


def _parts(value: Any, key: str) -> str:
    """The text of a turn. A list of parts, as chat templates take it, is joined."""
    if isinstance(value, list):
        parts = [part.get("text", "") for part in value if isinstance(part, dict)]
        value = "".join(part for part in parts if isinstance(part, str))
    return words(value, key)


def words(value: Any, key: str) -> str:
    """The text without image markers. Of several answers, the one that most people gave, else the first."""
    if value is None:
        return ""
    if isinstance(value, dict) and isinstance(value.get("text"), list):  # SQuAD's answers
        value = value["text"]
    if isinstance(value, list):
        said = [item.get("answer") if isinstance(item, dict) else item for item in value]
        value = Counter(str(item) for item in said if item is not None).most_common(1)
        return words(value[0][0], key) if value else ""
    if isinstance(value, (int, float)):
        value = str(value)
    if not isinstance(value, str):
        raise BadSampleError(f"the text in “{key}” is no string")
    return clean(value.replace(MARKER, "")).strip()


def clean(text: str) -> str:
    """Lone surrogates, which JSON can spell and no file can hold, become question marks."""
    return text.encode("utf-8", "replace").decode("utf-8") if not text.isascii() else text


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
