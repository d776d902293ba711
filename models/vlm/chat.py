"""A sample as a conversation in the model's chat template, and where its own words are in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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
    """Messages for a chat template. The pictures open the first user turn, made when there is none."""
    if pictures and not any(turn.role == "user" for turn in turns):
        turns = (Turn("user", ""), *turns)
    found, waiting = [], pictures
    for turn in turns:
        content: list[dict[str, str]] = [{"type": "text", "text": turn.text}] if turn.text else []
        if turn.role == "user":
            content = [{"type": "image"}] * waiting + content
            waiting = 0
        found.append({"role": turn.role, "content": content or [{"type": "text", "text": ""}]})
    return found


def render(processor: Any, turns: Sequence[Turn], pictures: int, generate: bool = False) -> str:
    """The conversation as text. Raises `ModelError` without a template, `DataError` if it refuses it."""
    try:
        return processor.apply_chat_template(
            messages(turns, pictures), tokenize=False, add_generation_prompt=generate
        )
    except jinja2.TemplateError as error:
        raise DataError(f"The model's chat template does not accept this conversation: {error}") from error
    except ValueError as error:
        raise ModelError(f"The model's processor cannot write a conversation: {error}") from error


def rendered(processor: Any, turns: Sequence[Turn], pictures: int) -> Rendered:
    """The conversation with the exact place of every turn's text.

    Each turn's text is replaced by a mark in a second rendering: what stands before and after the mark is the
    template's (or another turn's), and the rest is the turn. So it does not matter what the words are,
    whether the template strips them, or whether they repeat the template's own.
    """
    text = render(processor, turns, pictures)
    spans = [_span(processor, turns, i, pictures, text) for i, turn in enumerate(turns) if turn.text.strip()]
    return Rendered(text, tuple(spans))


def _span(processor: Any, turns: Sequence[Turn], index: int, pictures: int, text: str) -> Span:
    role = turns[index].role
    mark = _mark(text)
    marked = [*turns[:index], Turn(role, mark), *turns[index + 1 :]]
    before, found, after = render(processor, marked, pictures).partition(mark)
    whole = len(before) + len(after) <= len(text)
    if not (found and whole and text.startswith(before) and text.endswith(after)):
        raise DataError(
            f"The model's chat template leaves out or rewrites turn {index + 1} of the conversation."
        )
    return Span(len(before), len(text) - len(after), role)


def _mark(text: str) -> str:
    """A mark that `text` does not contain."""
    mark = MARK
    while mark in text:
        mark += MARK[-1]
    return mark
