"""The demo world as samples: which image and text tokens show which concept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from studio.domain.modality import TokenKind
from studio.domain.sample import Turn

if TYPE_CHECKING:
    from models.demo.questions import Question
    from models.demo.scene import Scene

#: Side of an image token in pixels: scenes are multiples of it.
CELL = 32
#: An object shows in a token when it covers this share of it.
SHOWS = 0.2
ROLES = ("user", "assistant")

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Seen:
    """One sample: `pixels` uint8 [h, w, 3], `boxes` float32 [image tokens, 4] in pixels, the text's tokens,
    and for each side how far each token shows each concept: float32 [tokens, concepts], 0..1."""

    id: str
    pixels: NDArray[np.uint8]
    boxes: Floats
    turns: tuple[Turn, ...]
    tokens: tuple[str, ...]
    roles: tuple[str, ...]
    present: dict[TokenKind, Floats]


class World:
    """Scenes of the demo world with one question each; concepts are names, categories and colours."""

    def __init__(self, count: int, seed: int) -> None:
        from models.demo.sprites import SpriteBook

        self._book, self._count, self._seed = SpriteBook(), count, seed
        book = self._book
        named = [("name", book.names), ("category", book.categories), ("colour", book.colours)]
        # "orange" would be two things were there an orange among the fruit: each word counts once.
        groups = {word: group for group, words in reversed(named) for word in words}
        self.concepts = tuple(groups)
        self.groups = tuple(groups.values())
        self._index = {concept: i for i, concept in enumerate(self.concepts)}

    def samples(self) -> Iterator[Seen]:
        """Every sample; again the same when called again."""
        from models.demo.questions import ask
        from models.demo.scene import SPLITS, generator, make_scene

        for index in range(self._count):
            rng = generator("test", self._seed, index)
            scene = make_scene(self._book, rng, SPLITS.index("test"))
            question = ask(scene.objects, self._book, rng, 1)[0]
            yield self._seen(index, scene, question)

    def _seen(self, index: int, scene: Scene, question: Question) -> Seen:
        turns = (Turn("user", question.text), Turn("assistant", question.answer))
        tokens, roles = _tokens(turns)
        boxes = grid(*scene.mask.shape)
        present = {TokenKind.IMAGE: self._on_image(scene), TokenKind.TEXT: self._on_text(tokens)}
        return Seen(f"planted-{index:06d}", scene.pixels, boxes, turns, tokens, roles, present)

    def _on_image(self, scene: Scene) -> Floats:
        height, width = scene.mask.shape
        tall = scene.mask.reshape(height // CELL, CELL, width // CELL, CELL)
        cells = tall.swapaxes(1, 2).reshape(-1, CELL * CELL)
        present = np.zeros((len(cells), len(self.concepts)), np.float32)
        for item in scene.objects:
            covered = (cells == item.mask_value).mean(axis=1)
            for label in {item.sprite.name, item.sprite.category, item.sprite.colour}:
                present[:, self._index[label]] += covered
        return np.where(present >= SHOWS, present, 0).astype(np.float32)

    def _on_text(self, tokens: tuple[str, ...]) -> Floats:
        present = np.zeros((len(tokens), len(self.concepts)), np.float32)
        for row, token in enumerate(tokens):
            place = self._index.get(token.strip())
            if place is not None:
                present[row, place] = 1.0
        return present


def _tokens(turns: tuple[Turn, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Words with the space before them, as a word-level tokenizer shows them, and the role of each."""
    pieces = [(piece, turn.role) for turn in turns for piece in re.findall(r"\s*\S+", turn.text)]
    return tuple(piece for piece, _ in pieces), tuple(role for _, role in pieces)


def grid(height: int, width: int) -> Floats:
    """Boxes of square image tokens in raster order: float32 [tokens, 4], x0 y0 x1 y1 in pixels."""
    y, x = np.mgrid[0:height:CELL, 0:width:CELL].reshape(2, -1)
    return np.stack([x, y, x + CELL, y + CELL], axis=1).astype(np.float32)
