"""Writes scenes as an ordinary data folder: images, conversations in LLaVA's style, and the truth beside
them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from PIL import Image

from models.demo.questions import Question, ask
from models.demo.scene import SPLITS, Scene, generator, make_scene
from models.demo.sprites import SpriteBook


def write_scenes(folder: Path, count: int, seed: int, split: str, questions_per_scene: int = 2) -> Path:
    """Write `count` scenes of a split ("train", "validation" or "test") and return the folder.

    images/NNNNNN.png; masks/NNNNNN.png (8 bit, 0 ground, i the visible pixels of object i); samples.jsonl,
    one question a line with `id`, `image`, `conversations` and `kind`; truth.jsonl, one scene a line with
    its objects. The same arguments give the same folder, byte for byte. Raises ValueError for an unknown
    split.
    """
    if split not in SPLITS:
        raise ValueError(f"The split is one of {', '.join(SPLITS)}, not {split!r}.")
    book = SpriteBook()
    for part in ("images", "masks"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    with (
        (folder / "samples.jsonl").open("w", encoding="utf-8") as samples,
        (folder / "truth.jsonl").open("w", encoding="utf-8") as truth,
    ):
        for index in range(count):
            rng = generator(split, seed, index)
            scene = make_scene(book, rng, SPLITS.index(split))
            write_pictures(folder, index, scene)
            truth.write(json.dumps(truth_line(index, scene)) + "\n")
            for number, question in enumerate(ask(scene.objects, book, rng, questions_per_scene)):
                samples.write(json.dumps(sample_line(split, index, number, question)) + "\n")
    return folder


def image_name(index: int) -> str:
    return f"images/{index:06d}.png"


def write_pictures(folder: Path, index: int, scene: Scene) -> None:
    """Lossless; weakly compressed, because the demo writes many at its start."""
    save(scene.pixels, folder / image_name(index))
    save(scene.mask, folder / f"masks/{index:06d}.png")


def save(pixels: np.ndarray, path: Path) -> None:
    Image.fromarray(pixels).save(path, compress_level=1)


def sample_line(split: str, index: int, number: int, question: Question) -> dict:
    turns = (("human", f"<image>\n{question.text}"), ("gpt", question.answer))
    return {
        "id": f"{split}-{index:06d}-{number}",
        "image": image_name(index),
        "conversations": [{"from": speaker, "value": value} for speaker, value in turns],
        "kind": question.kind,
    }


def truth_line(index: int, scene: Scene) -> dict:
    height, width = scene.mask.shape
    objects = [
        {
            "name": placed.sprite.name,
            "category": placed.sprite.category,
            "colour": placed.sprite.colour,
            "position": placed.position,
            "box": list(placed.box),
            "mask_value": placed.mask_value,
        }
        for placed in scene.objects
    ]
    return {"image": image_name(index), "width": width, "height": height, "objects": objects}
