"""One input of the vision-language model: pictures and turns of text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class ImageSource:
    """Where a picture comes from: a file, or the bytes of one. Exactly one of the two is set."""

    path: Path | None = None
    data: bytes | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of the conversation. `role` is "user" or "assistant"; `text` has no image marker.

    `pictures` are places in `text`, in characters and ascending, at which pictures of the sample stand. Where
    the turns of a sample do not place all of its pictures, they open the first turn of the user.
    """

    role: str
    text: str
    pictures: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample of a data set, as read; `id` is unique and stable within the data set."""

    id: str
    images: tuple[ImageSource, ...]
    turns: tuple[Turn, ...]
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A sample left out of a run, and the sentence that says why."""

    id: str
    reason: str
