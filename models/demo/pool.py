"""The training pool: many scenes drawn once, as small views with the owner of every patch."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from PIL import Image

from models.demo.scene import POSITIONS, SHAPES, SPLITS, Placed, Scene, generator, make_scene
from models.demo.sprites import SpriteBook
from models.demo.views import SIDE, coverage, owners, patch_owners, views_of

MOST = 4
CHUNK = 500
SIZES = [(height, width) for height, width, _ in SHAPES]


@dataclass
class Pool:
    """S scenes, V views (the views of one scene lie together, its base view first, crops apart).

    views uint8 [V, 64, 64, 3]; owner int8 [V, 64] (object from 1, 0 ground, -1 unclear);
    first int [S]: the scene's base view; shape int8 [S]: index into SHAPES;
    sprite int8 [S, 4], place int8 [S, 4]: sprite and position of every object, -1 where there is none;
    crops uint8 [S, 64, 64, 3], crop_owner int8 [S, 64]: one close-up a scene.
    """

    views: np.ndarray
    owner: np.ndarray
    first: np.ndarray
    shape: np.ndarray
    sprite: np.ndarray
    place: np.ndarray
    crops: np.ndarray
    crop_owner: np.ndarray

    def objects(self, scene: int, book: SpriteBook) -> tuple[Placed, ...]:
        """The objects of a scene, without boxes."""
        pairs = zip(self.sprite[scene], self.place[scene], strict=True)
        return tuple(
            Placed(book.sprites[s], POSITIONS[p], (0, 0, 0, 0), i)
            for i, (s, p) in enumerate(pairs, start=1)
            if s >= 0
        )

    def view_scene(self) -> np.ndarray:
        """int [V]: the scene of every view."""
        counts = np.diff(np.append(self.first, len(self.views)))
        return np.repeat(np.arange(len(self.first)), counts)

    def save(self, path: Path) -> None:
        np.savez(path, **{field.name: getattr(self, field.name) for field in fields(self)})


def load(path: Path) -> Pool:
    with np.load(path) as stored:
        return Pool(**{field.name: stored[field.name] for field in fields(Pool)})


def close_up(scene: Scene, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A square crop round one object with a random margin, as a view and its patch owners."""
    x0, y0, x1, y1 = scene.objects[int(rng.integers(len(scene.objects)))].box
    height, width = scene.mask.shape
    side = min(int(max(x1 - x0, y1 - y0) * rng.uniform(0.7, 1.5)), height, width)
    x = int(np.clip((x0 + x1 - side) // 2, 0, width - side))
    y = int(np.clip((y0 + y1 - side) // 2, 0, height - side))
    window = (slice(y, y + side), slice(x, x + side))
    small = Image.fromarray(scene.pixels[window]).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    shares = coverage(scene.mask[window], 8, 8, len(scene.objects))
    return np.asarray(small), owners(shares).reshape(-1)


def draw_chunk(split: str, seed: int, start: int, count: int) -> Pool:
    """A pool of `count` scenes from index `start`."""
    book = SpriteBook()
    index_of = {name: i for i, name in enumerate(book.names)}
    columns: dict[str, list] = {field.name: [] for field in fields(Pool)}
    seen = 0
    for index in range(start, start + count):
        rng = generator(split, seed, index)
        scene = make_scene(book, rng, SPLITS.index(split))
        views = views_of(scene.pixels)
        crop, crop_owner = close_up(scene, rng)
        spare = [-1] * (MOST - len(scene.objects))
        columns["views"].append(views)
        columns["owner"].append(patch_owners(scene.mask, len(scene.objects)))
        columns["first"].append(seen)
        columns["shape"].append(SIZES.index(scene.mask.shape))
        columns["sprite"].append([index_of[o.sprite.name] for o in scene.objects] + spare)
        columns["place"].append([POSITIONS.index(o.position) for o in scene.objects] + spare)
        columns["crops"].append(crop)
        columns["crop_owner"].append(crop_owner)
        seen += len(views)
    together = {"views": np.concatenate(columns.pop("views")), "owner": np.concatenate(columns.pop("owner"))}
    small = {"shape", "sprite", "place", "crop_owner"}
    stacked = {k: np.array(v, np.int8 if k in small else None) for k, v in columns.items()}
    return Pool(**together, **stacked)


def joined(parts: list[Pool]) -> Pool:
    offsets = np.cumsum([0] + [len(part.views) for part in parts])
    for part, offset in zip(parts, offsets, strict=False):
        part.first = part.first + offset
    return Pool(**{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Pool)})


def draw(split: str, seed: int, count: int, workers: int = 2) -> Pool:
    """A pool of `count` scenes; the number of workers changes nothing but the time."""
    starts = range(0, count, CHUNK)
    with ProcessPoolExecutor(workers) as executor:
        jobs = [executor.submit(draw_chunk, split, seed, s, min(CHUNK, count - s)) for s in starts]
        return joined([job.result() for job in jobs])
