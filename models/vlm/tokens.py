"""What the positions of a model's input stand for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor


@dataclass(frozen=True, slots=True)
class ImageLayout:
    """All tokens of one picture, in the order in which the model sees them.

    `boxes` is float32 [n, 4]: x0, y0, x1, y1 in pixels of the original picture; meaningless where
    `has_pixels` (bool [n]) is False, as for newline tokens. `views` is uint8 [n]: 0 base view, 1 tiles.
    """

    boxes: NDArray[np.float32]
    views: NDArray[np.uint8]
    has_pixels: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.boxes)


@dataclass(frozen=True, slots=True)
class TokenMap:
    """The tokens of one sample within its batch; positions count along the padded time axis T.

    `image_positions` int64 [n_img]: image tokens that stand for pixels, with their `boxes` float32 [n_img, 4]
    (x0, y0, x1, y1 in pixels of the original picture), `views` uint8 [n_img] (0 base view, 1 tiles) and
    `pictures` uint8 [n_img] (which of the sample's pictures). `text_positions` int64 [n_txt]: tokens of the
    sample's own turns; `tokens` their display pieces (see `models.vlm.text_tokens`) and `roles` their turns'
    roles.
    """

    image_positions: NDArray[np.int64]
    boxes: NDArray[np.float32]
    views: NDArray[np.uint8]
    pictures: NDArray[np.uint8]
    text_positions: NDArray[np.int64]
    tokens: tuple[str, ...]
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """Inputs of the model, on its device, and what their positions mean: one `TokenMap` a sample."""

    inputs: Mapping[str, Tensor]
    tokens: list[TokenMap]

    def __len__(self) -> int:
        return len(self.tokens)
