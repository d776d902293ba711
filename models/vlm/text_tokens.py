"""Which tokens are a sample's own words, and how to show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.vlm.chat import Span


@dataclass(frozen=True, slots=True)
class TextTokens:
    """Positions int64 [n], display pieces and roles of a sample's own text tokens, in order."""

    positions: NDArray[np.int64]
    pieces: tuple[str, ...]
    roles: tuple[str, ...]


def text_tokens(
    text: str, spans: Sequence[Span], offsets: Sequence[tuple[int, int]], usable: Sequence[bool]
) -> TextTokens:
    """The tokens of `spans` of `text`; `offsets` are each position's characters, `usable` False for padding,
    special and image tokens.

    A token belongs to a span when most of its visible characters do. Tokens of white space alone do not
    count: their characters open the next token's piece. The pieces of a span, put together, are its text up
    to its last visible token; where one character takes several tokens, the first shows it and the others are
    empty.
    """
    found: list[tuple[int, str, str]] = []
    position = 0
    for span in spans:
        shown = span.start
        while position < len(offsets) and (not usable[position] or offsets[position][0] < span.end):
            start, end = offsets[position]
            if usable[position] and _belongs(text, start, end, span):
                end = min(end, span.end)
                found.append((position, text[shown:end], span.role))
                shown = max(shown, end)
            position += 1
    positions = np.array([p for p, _, _ in found], np.int64)
    return TextTokens(positions, tuple(piece for _, piece, _ in found), tuple(role for _, _, role in found))


def _belongs(text: str, start: int, end: int, span: Span) -> bool:
    inside = _visible(text[max(start, span.start) : min(end, span.end)])
    outside = _visible(text[start : min(end, span.start)]) + _visible(text[max(start, span.end) : end])
    return inside > outside


def _visible(text: str) -> int:
    return sum(not character.isspace() for character in text)


def expand(spans: Sequence[Span], markers: Sequence[int], lengths: Sequence[int], marker: int) -> list[Span]:
    """Move `spans` to where they are once the image marker at each of `markers` has grown from `marker` to
    `lengths[i]` characters."""
    return [
        Span(s.start + shift, s.end + shift, s.role)
        for s in spans
        for shift in [sum(n - marker for at, n in zip(markers, lengths, strict=True) if at < s.start)]
    ]
