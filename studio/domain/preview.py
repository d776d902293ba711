"""What a data set looks like before anything is run on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from studio.domain.sample import Skipped, Turn


@dataclass(frozen=True, slots=True)
class ShownPicture:
    """A small JPEG of a picture, upright and RGB; `width` and `height` are those of the whole picture."""

    jpeg: bytes
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class ShownSample:
    """One sample as it is read; `written` is what the model's chat template makes of it and `image_tokens`
    how many tokens stand for its pictures ("" and None while no model is chosen)."""

    id: str
    pictures: tuple[ShownPicture, ...]
    turns: tuple[Turn, ...]
    written: str = ""
    image_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """The first samples, and what was found while reading the first `looked` records.

    `columns` says of every column which field of a sample is taken from it ("" for none); it is empty where
    a reader knows of no columns. `whole`: there are no more records than those looked at.
    """

    samples: tuple[ShownSample, ...]
    columns: Mapping[str, str]
    skipped: tuple[Skipped, ...]
    warnings: tuple[str, ...]
    looked: int
    whole: bool

    def as_dict(self) -> dict[str, Any]:
        """As JSON: of each picture its size alone."""
        found = asdict(self)
        for sample in found["samples"]:
            sample["pictures"] = [[p["width"], p["height"]] for p in sample["pictures"]]
        return found
