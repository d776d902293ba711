"""Masks of a data set: which thing is at each pixel, and what each thing is called.

A data folder carries them as `truth.jsonl`, one picture a line: {"image": "images/1.png", "objects":
[{"mask_value": 1, "name": "cat", "category": "animal", "colour": "red"}]}, and `masks/1.png`, 8 bit, 0 for
the ground. Every text of an object is a concept that its pixels show.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studio.domain.errors import DataError
from studio.domain.specs import DataSpec
from studio.services.scorer_images import data_of
from studio.storage.project import Project

TRUTH, MASKS = "truth.jsonl", "masks"
#: Texts of an object that name what its pixels show; where it lies is not among them.
NAMED = ("name", "category", "colour", "color", "material", "part", "texture", "scene")


def mask_reader(project: Project, data: DataSpec | None) -> MaskFolder | None:
    """The masks of the data set asked for, else of the extraction's; None where it has none.

    Raises `DataError` when the project does not say which data it was made from, or truth.jsonl is broken.
    """
    source = Path(data_of(project, data).source).expanduser()
    folder = source if source.is_dir() else source.parent
    if not (folder / TRUTH).is_file() or not (folder / MASKS).is_dir():
        return None
    return MaskFolder(folder)


class MaskFolder:
    """`concepts` are all that is labelled, `places` where each is among them, by its text in lower case."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.concepts: list[str] = []
        self.places: dict[str, int] = {}
        self._things = _read(folder / TRUTH, self._place)

    def read(
        self, picture: Path, size: tuple[int, int]
    ) -> tuple[NDArray[np.int64], Mapping[int, tuple[int, ...]]] | None:
        """What is at each pixel of a picture of `size`, int64 [height, width], and the places of the concepts
        of each thing; None for a picture without a mask. Raises `DataError` for a mask of another size."""
        things = self._things.get(self._name(picture))
        path = self.folder / MASKS / f"{picture.stem}.png"
        if things is None or not path.is_file():
            return None
        try:
            with Image.open(path) as image:
                labels = np.asarray(image, np.int64)
        except (OSError, ValueError) as error:
            raise DataError(f"The mask {path} cannot be read: {error}.") from error
        if labels.shape != (size[1], size[0]):
            raise DataError(f"The mask {path} has another size than its picture.")
        return labels, things

    def _name(self, picture: Path) -> str:
        return picture.relative_to(self.folder).as_posix() if picture.is_relative_to(self.folder) else ""

    def _place(self, text: str) -> int:
        if text.casefold() not in self.places:
            self.places[text.casefold()] = len(self.concepts)
            self.concepts.append(text)
        return self.places[text.casefold()]


def _read(path: Path, place: Any) -> dict[str, dict[int, tuple[int, ...]]]:
    found = {}
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                record = json.loads(line)
                found[str(record["image"])] = {
                    int(thing["mask_value"]): tuple(dict.fromkeys(place(str(t)) for t in _texts(thing)))
                    for thing in record["objects"]
                }
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise DataError(f"Line {number} of {path} describes no masks: {error!r}.") from error
    return found


def _texts(thing: dict[str, Any]) -> list[str]:
    return [thing[name] for name in NAMED if isinstance(thing.get(name), str) and thing[name].strip()]
