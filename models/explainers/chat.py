"""What is asked of a chat model, and what it answers, whether it runs here or behind an endpoint."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from io import BytesIO
from typing import Protocol

from PIL import Image

from studio.domain.errors import UserError

JPEG = {"format": "JPEG", "quality": 90}


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as JPEG bytes: what is sent, and what the cache tells questions apart by."""

    jpeg: bytes

    @classmethod
    def of(cls, image: Image.Image) -> Picture:
        """Of an RGB picture."""
        out = BytesIO()
        image.save(out, **JPEG)
        return cls(out.getvalue())

    def open(self) -> Image.Image:
        """The picture, mode RGB."""
        return Image.open(BytesIO(self.jpeg)).convert("RGB")


@dataclass(frozen=True, slots=True)
class Question:
    """One question: `system` says how to answer, `parts` is the user's turn. `tokens` bounds the answer;
    `judged`: the answer is yes or no, and its probability is wanted where the model gives one."""

    system: str
    parts: tuple[str | Picture, ...]
    tokens: int
    judged: bool = False
    seed: int = 0

    @property
    def digest(self) -> str:
        """SHA-256 over everything that is sent, in hex."""
        found = hashlib.sha256(json.dumps([self.system, self.tokens, self.judged, self.seed]).encode())
        for part in self.parts:
            body = part.encode() if isinstance(part, str) else part.jpeg
            found.update(f"{type(part).__name__} {len(body)} ".encode() + body)
        return found.hexdigest()


@dataclass(frozen=True, slots=True)
class Answer:
    """`yes` is P(yes) / (P(yes) + P(no)) of the first token, None where the model gives no probabilities.
    `refused`: the model or its guard declined. `whole` is False when it was cut at the token limit. Token
    counts as the model reports them, 0 where it does not."""

    text: str
    yes: float | None = None
    refused: bool = False
    whole: bool = True
    tokens_in: int = 0
    tokens_out: int = 0

    def as_dict(self) -> dict[str, object]:
        """Plain data for the cache."""
        return asdict(self)


class NoAnswerError(UserError):
    """This question got no answer, whatever was tried. The message says why."""


class ChatModel(Protocol):
    """A model that looks at pictures and texts and answers. `id` names it in results and in the cache."""

    id: str
    #: How many questions may be under way at once.
    parallel: int

    def ask(self, question: Question) -> Answer:
        """Answer one question. Called from `parallel` threads. Raises `NoAnswerError` for this question,
        `NetworkError` or `ModelError` when there is no use in asking others."""

    def stop(self) -> None:
        """Wake and end whatever waits; nothing is asked afterwards."""
