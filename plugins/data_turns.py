"""What is said in a record: its turns, and where its pictures stand among their words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from studio.api import Turn

#: Stands for a picture in LLaVA's conversations.
MARKER = "<image>"
ROLES = {"human": "user", "user": "user", "gpt": "assistant", "assistant": "assistant"}
FIELDS = (("question", "user"), ("answer", "assistant"), ("caption", "assistant"), ("text", "user"))
#: Parts of a turn that are pictures, as chat templates and chat servers name them.
PICTURE_PARTS = ("image", "image_url", "input_image")


class BadSampleError(ValueError):
    """One record that makes no sample, with the reason."""


def turns_of(fields: Mapping[str, Any], pictures: int) -> tuple[Turn, ...]:
    """The turns of a record with so many pictures. Raises `BadSampleError`.

    Of several pictures each turn says where they stand, as LLaVA-NeXT reads it: at their markers, and a
    picture that is alone in its turn before the words. One picture stands before all words, as in LLaVA.
    """
    turns = tuple(_turns(fields))
    marked = sum(len(turn.pictures) for turn in turns)
    if pictures < 2 or not marked:
        return tuple(replace(turn, pictures=()) for turn in turns if turn.text)
    if marked != pictures:
        raise BadSampleError(f"its text marks {marked} pictures ({MARKER}), and it has {pictures}")
    return turns


def _turns(fields: Mapping[str, Any]) -> Iterator[Turn]:
    for key in ("conversations", "messages"):
        if key in fields:
            yield from _conversation(fields[key], key)
            return
    for key, role in FIELDS:
        if key in fields:
            turn = _turn(role, said(fields[key], key))
            if turn is not None:
                yield turn


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
        turn = _turn(ROLES[speaker], _parts(item.get("value", item.get("content")), key))
        if turn is not None:
            yield turn


def _turn(role: str, text: str) -> Turn | None:
    """The turn without markers, and where they were; None when there is neither text nor marker."""
    pieces = text.split(MARKER)
    joined = "".join(pieces)
    lead, words = len(joined) - len(joined.lstrip()), joined.strip()
    ends = [sum(map(len, pieces[: i + 1])) for i in range(len(pieces) - 1)]
    places = tuple(min(max(end - lead, 0), len(words)) for end in ends)
    places = (0,) if len(places) == 1 else places
    return Turn(role, words, places) if words or (places and role == "user") else None


def _parts(value: Any, key: str) -> str:
    """The text of a turn. A list of parts, as chat templates take it, is joined."""
    if isinstance(value, list):
        value = "".join(_part(part) for part in value if isinstance(part, dict))
    return said(value, key)


def _part(part: Mapping[str, Any]) -> str:
    if part.get("type") in PICTURE_PARTS:
        return MARKER
    text = part.get("text", "")
    return text if isinstance(text, str) else ""


def said(value: Any, key: str) -> str:
    """The text. Of several answers, the one that most people gave, else the first."""
    if value is None:
        return ""
    if isinstance(value, dict) and isinstance(value.get("text"), list):  # SQuAD's answers
        value = value["text"]
    if isinstance(value, list):
        answers = [item.get("answer") if isinstance(item, dict) else item for item in value]
        common = Counter(str(item) for item in answers if item is not None).most_common(1)
        return said(common[0][0], key) if common else ""
    if isinstance(value, (int, float)):
        value = str(value)
    if not isinstance(value, str):
        raise BadSampleError(f"the text in “{key}” is no string")
    return clean(value)


def clean(text: str) -> str:
    """Lone surrogates, which JSON can spell and no file can hold, become question marks."""
    return text.encode("utf-8", "replace").decode("utf-8") if not text.isascii() else text
