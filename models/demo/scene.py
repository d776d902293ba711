"""Scenes: one to four sprites on a tinted ground, with the truth about every pixel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from models.demo.sprites import Sprite, SpriteBook

SPLITS = ("train", "validation", "test")
CORNERS = ("top left", "top right", "bottom left", "bottom right")
POSITIONS = (*CORNERS, "left", "right", "top", "bottom", "center")
# (height, width, share): most scenes are square; wide and tall ones make the tiles matter.
SHAPES = ((256, 256, 0.7), (192, 384, 0.08), (256, 384, 0.07), (384, 192, 0.08), (384, 256, 0.07))
SIDE_STEP = 4  # sprite sizes are multiples, so that scaled pictures are met again


@dataclass(frozen=True)
class Placed:
    """A sprite in a scene. `box` = (x0, y0, x1, y1) in pixels, ends excluded, round its visible pixels."""

    sprite: Sprite
    position: str
    box: tuple[int, int, int, int]
    mask_value: int


@dataclass(frozen=True)
class Scene:
    """`pixels` uint8 [height, width, 3]; `mask` uint8 [height, width], 0 ground, i the i-th object (from
    1)."""

    pixels: np.ndarray
    mask: np.ndarray
    objects: tuple[Placed, ...]


@dataclass(frozen=True)
class Cell:
    """A place for a sprite: its name and its box in pixels."""

    position: str
    box: tuple[int, int, int, int]


def generator(split: str, seed: int, index: int) -> np.random.Generator:
    """The random stream of one scene: streams of different splits, seeds and indices are unrelated."""
    return np.random.default_rng([SPLITS.index(split), seed, index])


def scenes(book: SpriteBook, split: str, seed: int, count: int, start: int = 0) -> Iterator[Scene]:
    """`count` scenes of a split from index `start`; the same arguments give the same scenes."""
    for index in range(start, start + count):
        yield make_scene(book, generator(split, seed, index), SPLITS.index(split))


def make_scene(book: SpriteBook, rng: np.random.Generator, split_code: int = 0, most: int = 4) -> Scene:
    """Draw one scene with 1 to `most` objects, no two of one name."""
    height, width, _ = SHAPES[rng.choice(len(SHAPES), p=[share for _, _, share in SHAPES])]
    cells = choose_cells(rng, height, width, most)
    chosen = rng.choice(len(book.sprites), size=len(cells), replace=False)
    pixels = np.empty((height, width, 3), np.uint8)
    pixels[:] = ground(rng, split_code)
    mask = np.zeros((height, width), np.uint8)
    objects = []
    for value, (cell, which) in enumerate(zip(cells, chosen, strict=True), start=1):
        sprite = book.sprites[which]
        box = paint(pixels, mask, book, sprite, cell, value, rng)
        objects.append(Placed(sprite, cell.position, box, value))
    return Scene(pixels, mask, tuple(objects))


def choose_cells(rng: np.random.Generator, height: int, width: int, most: int) -> list[Cell]:
    """Square scenes use the four corners (or the centre alone), wide and tall ones a row of three."""
    if height == width:
        if rng.random() < 0.12:
            return [Cell("center", (0, 0, width, height))]
        cells = [Cell(name, corner_box(name, height, width)) for name in CORNERS]
    elif width > height:
        third = width // 3
        cells = [
            Cell(n, (i * third, 0, (i + 1) * third, height))
            for i, n in enumerate(("left", "center", "right"))
        ]
    else:
        third = height // 3
        cells = [
            Cell(n, (0, i * third, width, (i + 1) * third)) for i, n in enumerate(("top", "center", "bottom"))
        ]
    count = int(rng.integers(1, min(most, len(cells)) + 1))
    return [cells[i] for i in rng.permutation(len(cells))[:count]]


def corner_box(name: str, height: int, width: int) -> tuple[int, int, int, int]:
    y = 0 if name.startswith("top") else height // 2
    x = 0 if name.endswith("left") else width // 2
    return (x, y, x + width // 2, y + height // 2)


def ground(rng: np.random.Generator, split_code: int) -> np.ndarray:
    """A pale tint [3]. Its channel sum modulo 3 is the split's code: scenes of two splits can never be
    equal."""
    tint = rng.integers(170, 250, size=3)
    tint[2] += (split_code - int(tint.sum())) % len(SPLITS)
    return tint.astype(np.uint8)


def paint(
    pixels: np.ndarray,
    mask: np.ndarray,
    book: SpriteBook,
    sprite: Sprite,
    cell: Cell,
    value: int,
    rng: np.random.Generator,
) -> tuple[int, int, int, int]:
    """Blend a sprite into its cell at random size, mirror and jitter; returns the box of its visible
    pixels."""
    room = min(cell.box[2] - cell.box[0], cell.box[3] - cell.box[1])
    low, high = (0.4, 0.8) if cell.position == "center" and room > 200 else (0.66, 0.97)
    side = int(rng.uniform(low, high) * room) // SIDE_STEP * SIDE_STEP
    picture = book.picture(sprite, side, bool(rng.random() < 0.5))
    x, y = jittered(cell, picture.shape, room, rng)
    height, width = picture.shape[:2]
    alpha = picture[:, :, 3:].astype(np.uint16)
    under = pixels[y : y + height, x : x + width]
    under[:] = (picture[:, :, :3] * alpha + under * (255 - alpha) + 127) // 255
    visible = picture[:, :, 3] >= 128
    mask[y : y + height, x : x + width][visible] = value
    return visible_box(visible, x, y)


def jittered(cell: Cell, shape: tuple[int, ...], room: int, rng: np.random.Generator) -> tuple[int, int]:
    """The upper left corner of a sprite: middle of its cell, moved by at most an eighth of the cell,
    never out of it."""
    corner = []
    for low, high, extent in ((cell.box[0], cell.box[2], shape[1]), (cell.box[1], cell.box[3], shape[0])):
        free = high - low - extent
        reach = min(free / 2, room / 8)
        corner.append(low + round(free / 2 + rng.uniform(-reach, reach)))
    return corner[0], corner[1]


def visible_box(visible: np.ndarray, x: int, y: int) -> tuple[int, int, int, int]:
    rows, columns = np.flatnonzero(visible.any(1)), np.flatnonzero(visible.any(0))
    return (x + int(columns[0]), y + int(rows[0]), x + int(columns[-1]) + 1, y + int(rows[-1]) + 1)
