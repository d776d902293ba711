"""The turns of an example text as strings, and where each token stands in them. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from studio.domain.evidence import Example, StoredSample

#: Tokens shown of a long text before it is opened, around the strongest one.
WINDOW = 64
MORE_BEFORE, MORE_AFTER = "… ", " …"


@dataclass(frozen=True, slots=True)
class TextShot:
    """An example text. `peak` is the neuron's strongest text activation."""

    neuron: int
    example: Example
    sample: StoredSample
    peak: float


@dataclass(frozen=True, slots=True)
class Span:
    """A token inside a turn: UTF-16 start and end without the spaces round it."""

    token: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Turn:
    """What one side of the conversation says, as it is shown."""

    role: str
    text: str
    spans: tuple[Span, ...]


def is_long(shot: TextShot) -> bool:
    """Whether a closed block shows only a window of the text."""
    return len(shot.sample.tokens) > WINDOW


def values_of(shot: TextShot) -> dict[int, float]:
    """Activation of each text token that fires."""
    found = shot.example.map
    pairs = zip(found.text_index.tolist(), found.text_value.tolist(), strict=True)
    return {index: value for index, value in pairs if index < len(shot.sample.tokens)}


def strongest(values: dict[int, float]) -> int:
    """The token that fires most; the first of equals, 0 when none does."""
    return max(values, key=lambda token: (values[token], -token), default=0)


def turns_of(shot: TextShot, values: dict[int, float], whole: bool) -> list[Turn]:
    """The turns of the whole text, or of the window around the strongest token."""
    sample = shot.sample
    first, last = 0, len(sample.tokens)
    if not whole and is_long(shot):
        first = max(0, min(strongest(values) - WINDOW // 2, last - WINDOW))
        last = first + WINDOW
    runs = _runs(sample.roles, first, last)
    turns = [_turn(role, sample.tokens, tokens) for role, tokens in runs]
    if turns and first > 0:
        turns[0] = _moved(turns[0])
    if turns and last < len(sample.tokens):
        turns[-1] = Turn(turns[-1].role, turns[-1].text + MORE_AFTER, turns[-1].spans)
    return turns


def units(text: str) -> int:
    """Length in UTF-16 units, which is how Qt counts."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def one_line(piece: str) -> str:
    """A token without line breaks and other control characters, of the same length."""
    if piece.isprintable():
        return piece
    return "".join(c if c.isprintable() or ord(c) > 0xFF else " " for c in piece)


def _runs(roles: Sequence[str], first: int, last: int) -> list[tuple[str, range]]:
    """The tokens first to last, in runs of one role."""
    runs: list[tuple[str, range]] = []
    for token in range(first, last):
        role = roles[token] if token < len(roles) else ""
        if runs and runs[-1][0] == role:
            runs[-1] = role, range(runs[-1][1].start, token + 1)
        else:
            runs.append((role, range(token, token + 1)))
    return runs


def _turn(role: str, all_tokens: Sequence[str], tokens: range) -> Turn:
    """Spaces before its first token are left out; a token's span leaves out those round it."""
    pieces: list[str] = []
    spans: list[Span] = []
    at = 0
    for token in tokens:
        piece = one_line(all_tokens[token])
        piece = piece if pieces else piece.lstrip(" ")
        bare = piece.lstrip(" ")
        start = at + units(piece) - units(bare)
        at += units(piece)
        spans.append(Span(token, start, max(at - units(bare) + units(bare.rstrip(" ")), start)))
        pieces.append(piece)
    return Turn(role, "".join(pieces), tuple(spans))


def _moved(turn: Turn) -> Turn:
    """The turn after a mark that something stands before it."""
    by = units(MORE_BEFORE)
    spans = tuple(Span(span.token, span.start + by, span.end + by) for span in turn.spans)
    return Turn(turn.role, MORE_BEFORE + turn.text, spans)
