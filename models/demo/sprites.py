"""The sprites of the demo world: drawings with a name, a category and a colour."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image

RESOURCES = Path(__file__).resolve().parents[2] / "resources" / "demo"


@dataclass(frozen=True)
class Sprite:
    """One drawing. `file` lies in `resources/demo/sprites`."""

    name: str
    category: str
    colour: str
    file: str


class SpriteBook:
    """All sprites of a folder with `catalogue.json`, and their scaled pictures, kept for the next use."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or RESOURCES / "sprites"
        entries = json.loads((self.folder / "catalogue.json").read_text())
        self.sprites = [Sprite(**entry) for entry in entries]
        self.names = [sprite.name for sprite in self.sprites]
        self.categories = sorted({sprite.category for sprite in self.sprites})
        self.colours = sorted({sprite.colour for sprite in self.sprites})
        self._pictures: dict[str, Image.Image] = {}
        self._scaled = lru_cache(maxsize=4096)(self._scale)

    def picture(self, sprite: Sprite, side: int, mirror: bool) -> np.ndarray:
        """RGBA uint8 [h, w, 4], the longer side `side` pixels; do not write into it."""
        return self._scaled(sprite.file, side, mirror)

    def _scale(self, file: str, side: int, mirror: bool) -> np.ndarray:
        if file not in self._pictures:
            with Image.open(self.folder / file) as opened:
                self._pictures[file] = opened.convert("RGBa")
        picture = self._pictures[file]
        scale = side / max(picture.size)
        width, height = (max(1, round(edge * scale)) for edge in picture.size)
        picture = picture.resize((width, height), Image.Resampling.BICUBIC).convert("RGBA")
        pixels = np.asarray(picture)
        return np.ascontiguousarray(pixels[:, ::-1]) if mirror else pixels
