"""Many questions behind one image: one sequence a scene, in which the questions do not see each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.demo.questions import Question
from models.demo.scene import SHAPES
from models.demo.views import GRID, PATCH, SIDE, canvas_of
from models.demo.vocabulary import SPECIAL

PAD, BOS, EOS = (SPECIAL.index(token) for token in ("<pad>", "<s>", "</s>"))
USER, ASSISTANT = SPECIAL.index("<|user|>"), SPECIAL.index("<|assistant|>")
OPENING = (BOS, USER)


def image_layout(shape: int) -> np.ndarray:
    """int [tokens]: which patch each image token of a scene of SHAPES[shape] is, in LLaVA-NeXT's order.

    Patches are counted over the scene's views (base 0 ... 63, then the tiles); a newline token is -1. A
    square scene's only tile is its base view.
    """
    height, width, _ = SHAPES[shape]
    canvas, size = canvas_of(height, width)
    base = np.arange(GRID * GRID)
    if canvas == (SIDE, SIDE):
        grid = base.reshape(GRID, GRID)
    else:
        tiles = GRID * GRID + np.arange(2 * GRID * GRID).reshape(2, GRID, GRID)
        grid = np.concatenate(list(tiles), axis=int(width > height))
    top, left = ((grid.shape[i] - size[i] // PATCH) // 2 for i in (0, 1))
    grid = grid[top : grid.shape[0] - top, left : grid.shape[1] - left]
    rows = np.concatenate([grid, np.full((len(grid), 1), -1)], axis=1)
    return np.concatenate([base, rows.reshape(-1)])


@dataclass
class Pack:
    """The text behind one image. All int64 [room]: `token`; `segment`, the question (-1 padding); `place`,
    the token's distance from the end of the image; `label`, the next token where that is part of an answer,
    else -100."""

    token: np.ndarray
    segment: np.ndarray
    place: np.ndarray
    label: np.ndarray
    kinds: list[str]


def pack(questions: list[Question], index: dict[str, int], room: int) -> Pack:
    """Put the questions one after the other; one that no longer fits is left out with all after it."""
    token, label = np.full(room, PAD), np.full(room, -100)
    segment, place = np.full(room, -1), np.zeros(room, np.int64)
    used, kinds = 0, []
    for number, question in enumerate(questions):
        asked = [index[word] for word in question.text.split()] + [ASSISTANT]
        answer = [index[word] for word in question.answer.split()] + [EOS]
        length = len(asked) + len(answer) - 1  # nothing follows </s>, so it is only predicted
        if used + length > room:
            break
        span = slice(used, used + length)
        token[span] = (asked + answer)[:-1]
        label[used + len(asked) - 1 : used + length] = answer
        segment[span], place[span] = number, np.arange(length)
        kinds.append(question.kind)
        used += length
    return Pack(token, segment, place, label, kinds)


def attention_mask(segment: np.ndarray, prefix: int) -> np.ndarray:
    """bool [B, 1, prefix + room, prefix + room]: causal, and a question sees the prefix and itself only."""
    batch, room = segment.shape
    length = prefix + room
    causal = np.tril(np.ones((length, length), bool))
    same = np.ones((batch, length, length), bool)
    same[:, prefix:, prefix:] = segment[:, :, None] == segment[:, None, :]
    return (causal & same)[:, None]
