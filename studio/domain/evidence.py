"""What a neuron fires on: kept examples with their full activation maps."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from studio.domain.modality import TokenKind
from studio.domain.sample import Turn


class ExampleKind(StrEnum):
    """Why an example was kept (METHOD 1)."""

    TOP = "top"
    QUANTILE = "quantile"
    SILENT = "silent"


class Rank(StrEnum):
    """How the activations of one sample become the number that examples are ordered by."""

    MEAN = "mean"
    MAX = "max"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class ActivationMap:
    """The activations of one neuron on one sample, both modalities, active tokens only.

    `image_index` counts image tokens that stand for pixels (rows of `StoredSample.boxes`), `text_index`
    counts the sample's own text tokens (items of `StoredSample.tokens`). Indices are uint32 and ascending,
    values float32 and above 0.
    """

    image_index: NDArray[np.uint32]
    image_value: NDArray[np.float32]
    text_index: NDArray[np.uint32]
    text_value: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Example:
    """One kept example. `side` is the modality it was ranked under, `position` its rank (TOP, from 0) or
    its quantile bin (QUANTILE, 0 = weakest of 10); `score` the number it was ranked by (0 when SILENT)."""

    side: TokenKind
    kind: ExampleKind
    position: int
    score: float
    sample_id: str
    map: ActivationMap

    def evidence_id(self, neuron: int) -> str:
        """The stable name that annotations and exports cite."""
        return f"{neuron}:{self.side.value}:{self.kind.value}:{self.sample_id}"


@dataclass(frozen=True, slots=True)
class Evidence:
    """All kept examples of one neuron."""

    neuron: int
    examples: tuple[Example, ...]

    def of(self, side: TokenKind, kind: ExampleKind) -> tuple[Example, ...]:
        """The examples of one side and kind, by position."""
        found = [e for e in self.examples if e.side is side and e.kind is kind]
        return tuple(sorted(found, key=lambda e: e.position))


@dataclass(frozen=True, slots=True)
class StoredSample:
    """A sample as kept in the project file.

    `tokens` are the display pieces of the sample's own text tokens, in order, leading spaces kept;
    `roles` names each token's turn ("user" or "assistant"). `boxes` is float32 [n_image_tokens, 4]:
    x0, y0, x1, y1 of each image token in pixels of the original picture (`width` x `height`), newline
    tokens excluded. `views` is uint8 [n_image_tokens]: 0 for the base view, 1 for tiles.
    `picture` is the row of the picture, or None for a text-only sample.
    """

    id: str
    turns: tuple[Turn, ...]
    tokens: tuple[str, ...]
    roles: tuple[str, ...]
    picture: int | None
    width: int
    height: int
    boxes: NDArray[np.float32]
    views: NDArray[np.uint8]
