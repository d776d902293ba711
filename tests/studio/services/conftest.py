"""A small world for the services that run networks: a random LLaVA-NeXT of the real classes, and scenes."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from studio.domain.errors import Cancelled
from studio.domain.specs import DataSpec, ModelSpec

LAYER = 1
SCENES = 14


@dataclass(frozen=True, slots=True)
class World:
    """Folders of the model and of the data; `layer` is what the tests look at."""

    model: ModelSpec
    data: DataSpec
    layer: int


class Watch:
    """A context that remembers what it was told, and cancels or crashes when `done` reaches a number."""

    def __init__(
        self, text: str = "", at: float = float("inf"), error: type[BaseException] = Cancelled
    ) -> None:
        self.text, self.at, self.error = text, at, error
        self.logged: list[str] = []
        self.reported: list[tuple[float, float, str]] = []
        self.curves: list[dict[str, float]] = []

    def report(self, done: float, total: float, text: str = "") -> None:
        self.reported.append((done, total, text))
        if text == self.text and done >= self.at:
            raise self.error("stopped by the test")

    def curve(self, step: int, values: dict[str, float]) -> None:
        self.curves.append({"step": step, **values})

    def log(self, text: str) -> None:
        self.logged.append(text)

    def check(self) -> None: ...


@pytest.fixture(scope="session")
def make_watch() -> type[Watch]:
    return Watch


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A model with random weights and the real processor; scenes, a text without picture, and bad samples."""
    import torch

    from models.demo.folder import write_scenes
    from models.demo.networks import new_clip, new_llava, save_llava
    from models.demo.sprites import SpriteBook

    folder = tmp_path_factory.mktemp("world")
    torch.manual_seed(3)
    book = SpriteBook()
    save_llava(new_llava(book, new_clip(book)), book, folder / "model")
    write_scenes(folder / "scenes", SCENES, 5, "test", questions_per_scene=1)
    (folder / "scenes" / "images" / "broken.png").write_bytes(b"no picture")
    with open(folder / "scenes" / "samples.jsonl", "a") as file:
        for line in (
            {"id": "text-only", "question": "is there a cat ?", "answer": "yes"},
            {"id": "missing", "image": "images/none.png", "question": "what ?", "answer": "no"},
            {"id": "broken", "image": "images/broken.png", "question": "what ?", "answer": "no"},
        ):
            file.write(json.dumps(line) + "\n")
        file.write("{this is no JSON\n")
    return World(ModelSpec(str(folder / "model")), DataSpec(str(folder / "scenes")), LAYER)
