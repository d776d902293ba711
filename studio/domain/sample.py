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
    """One turn of the conversation. `role` is "user" or "assistant"; `text` has no image marker."""

    role: str
    text: str


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


def several_pictures(sample: Sample) -> str:
    """Why a sample of several pictures is left out of runs, "" for any other: what a project keeps of
    a sample, and all that is shown of it, is one picture and the boxes on it."""
    count = len(sample.images)
    return f"It has {count} pictures; samples of at most one picture are read." if count > 1 else ""
