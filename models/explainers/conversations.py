"""The questions an explainer or a judge is asked about a neuron's evidence (METHOD 3 and 6)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from PIL import Image

from models.explainers.chat import Picture, Question
from models.explainers.evidence import visual_evidence
from models.explainers.prompts import Prompt
from studio.domain.evidence import ActivationMap, StoredSample
from studio.domain.modality import TokenKind

#: Longest text of one example, in characters; what is cut is told by an ellipsis.
MAX_TEXT = 1200

Open = Callable[[int], Image.Image]
Seen = Sequence[tuple[StoredSample, ActivationMap]]


def name_question(side: TokenKind, seen: Seen, prompt: Prompt, opened: Open, seed: int) -> Question:
    """Ask for the concept of one side. `opened` gives the picture of a row, mode RGB."""
    parts: list[str | Picture] = [prompt.fill("opening", count=len(seen))]
    for number, (sample, found) in enumerate(seen, 1):
        if side is TokenKind.IMAGE:
            text = cut(whole_text(sample)) if prompt.context else ""
            parts += [prompt.fill("example", number=number, text=text), firing_picture(sample, found, opened)]
        else:
            parts.append(prompt.fill("example", number=number, text=cut(marked(sample, found.text_index))))
            if prompt.context and sample.picture is not None:
                parts.append(Picture.of(opened(sample.picture)))
    parts.append(prompt.fill("closing"))
    return Question(prompt.fill("system"), tuple(parts), prompt.tokens, seed=seed)


def category_question(concept: str, prompt: Prompt, seed: int) -> Question:
    """Ask for the category of a concept."""
    parts = (prompt.fill("opening", concept=concept), prompt.fill("closing"))
    return Question(prompt.fill("system"), parts, prompt.tokens, seed=seed)


def judge_question(concept: str, text: str, picture: Picture | None, prompt: Prompt, seed: int) -> Question:
    """Ask whether the concept goes with one example."""
    parts: list[str | Picture] = [prompt.fill("opening", concept=concept)]
    parts.append(prompt.fill("example", number=1, text=cut(text)))
    parts += [] if picture is None else [picture]
    parts.append(prompt.fill("closing"))
    return Question(prompt.fill("system"), tuple(parts), prompt.tokens, judged=True, seed=seed)


def firing_picture(sample: StoredSample, found: ActivationMap, opened: Open) -> Picture:
    """The picture with everything blacked out that does not fire."""
    masked, _ = visual_evidence(opened(sample.picture or 0), sample, found, "black")
    return Picture.of(masked)


def marked(sample: StoredSample, tokens: Iterable[int]) -> str:
    """The sample's text with these tokens in << >>; neighbours share one pair of marks."""
    chosen, text, role, open_ = set(map(int, tokens)), "", None, False
    for index, (piece, speaker) in enumerate(zip(sample.tokens, sample.roles, strict=True)):
        between = "" if role in (None, speaker) else " "
        role = speaker
        fires = index in chosen
        if open_ and (not fires or between):
            text, open_ = text + ">>", False
        text += between
        if fires and not open_:
            space = piece[: len(piece) - len(piece.lstrip())]
            text, piece, open_ = text + space + "<<", piece.lstrip(), True
        text += piece
    return (text + (">>" if open_ else "")).strip()


def whole_text(sample: StoredSample) -> str:
    """The turns of a sample, one after another."""
    return " ".join(turn.text for turn in sample.turns)


def cut(text: str) -> str:
    """`text` in one line, at most `MAX_TEXT` characters, cut round its first mark where it has one."""
    line = " ".join(text.split())
    if len(line) <= MAX_TEXT:
        return line
    start = max(0, min(line.find("<<") - MAX_TEXT // 2, len(line) - MAX_TEXT))
    end = start + MAX_TEXT
    return ("…" if start else "") + line[start:end] + ("…" if end < len(line) else "")
