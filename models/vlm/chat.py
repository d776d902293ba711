"""A sample as a conversation in the model's chat template, and where its own words are in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import jinja2

from studio.domain.errors import DataError, ModelError
from studio.domain.sample import Turn

# Private-use characters: no template has them, and `strip` leaves them alone.
MARK = "\ue0f0\ue0f1\ue0f2"


@dataclass(frozen=True, slots=True)
class Span:
    """Characters [start, end) of a text that are the words of a turn."""

    start: int
    end: int
    role: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """A conversation as the template writes it, one image marker a picture, with the spans of the turns."""

    text: str
    spans: tuple[Span, ...]


def messages(turns: Sequence[Turn], pictures: int) -> list[dict[str, Any]]:
    """Messages for a chat template. Pictures stand where the turns place them; where these do not place all
    of `pictures`, they open the first user turn, made when there is none."""
    return [{"role": role, "content": content} for role, content in _contents(_placed(turns, pictures))]


def _placed(turns: Sequence[Turn], pictures: int) -> tuple[Turn, ...]:
    """The turns with exactly so many pictures."""
    if sum(len(turn.pictures) for turn in turns) == pictures:
        return tuple(turns)
    bare = [replace(turn, pictures=()) for turn in turns]
    first = next((i for i, turn in enumerate(bare) if turn.role == "user"), None)
    if first is None:
        bare, first = [Turn("user", ""), *bare], 0
    bare[first] = replace(bare[first], pictures=(0,) * pictures)
    return tuple(bare)


def _contents(turns: Sequence[Turn]) -> list[tuple[str, list[dict[str, str]]]]:
    return [(turn.role, _parts(turn) or [{"type": "text", "text": ""}]) for turn in turns]


def _parts(turn: Turn) -> list[dict[str, str]]:
    """A turn's text, cut where its pictures are."""
    parts: list[dict[str, str]] = []
    cuts = [0, *turn.pictures, len(turn.text)]
    for number, (start, end) in enumerate(pairwise(cuts)):
        parts += [{"type": "image"}] * (number > 0)
        parts += [{"type": "text", "text": turn.text[start:end]}] * (end > start)
    return parts


def render(processor: Any, turns: Sequence[Turn], pictures: int, generate: bool = False) -> str:
    """The conversation as text. Raises `ModelError` without a template, `DataError` if it refuses it."""
    return _written(processor, messages(turns, pictures), generate)


def _written(processor: Any, conversation: list[dict[str, Any]], generate: bool = False) -> str:
    try:
        return processor.apply_chat_template(conversation, tokenize=False, add_generation_prompt=generate)
    except jinja2.TemplateError as error:
        raise DataError(f"The model's chat template does not accept this conversation: {error}") from error
    except ValueError as error:
        raise ModelError(f"The model's processor cannot write a conversation: {error}") from error


def rendered(processor: Any, turns: Sequence[Turn], pictures: int) -> Rendered:
    """The conversation with the exact place of every turn's text, in the order in which it is written.

    Each piece of text (a turn's, cut where its pictures are) is replaced by a mark in a second rendering:
    what stands before and after the mark is the template's (or another piece), and the rest is the piece. So
    it does not matter what the words are, whether the template strips them, or whether they repeat its own.
    """
    conversation = messages(turns, pictures)
    text = _written(processor, conversation)
    pieces = [
        (number, place)
        for number, message in enumerate(conversation)
        for place, part in enumerate(message["content"])
        if part.get("text", "").strip()
    ]
    spans = [_span(processor, conversation, *piece, text) for piece in pieces]
    return Rendered(text, tuple(sorted(spans, key=lambda span: span.start)))


def _span(processor: Any, conversation: list[dict[str, Any]], number: int, place: int, text: str) -> Span:
    message, mark = conversation[number], _mark(text)
    content = list(message["content"])
    content[place] = {"type": "text", "text": mark}
    marked = [*conversation[:number], {**message, "content": content}, *conversation[number + 1 :]]
    before, found, after = _written(processor, marked).partition(mark)
    whole = len(before) + len(after) <= len(text)
    if not (found and whole and text.startswith(before) and text.endswith(after)):
        raise DataError(
            f"The model's chat template leaves out or rewrites turn {number + 1} of the conversation."
        )
    return Span(len(before), len(text) - len(after), message["role"])


def _mark(text: str) -> str:
    """A mark that `text` does not contain."""
    mark = MARK
    while mark in text:
        mark += MARK[-1]
    return mark
