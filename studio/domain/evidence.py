"""What a neuron fires on: kept examples with their full activation maps."""

from __future__ import annotations

from dataclasses import dataclass, replace
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
class KeptPicture:
    """One picture of a sample that has several: its row, the size of the original in pixels, and the place of
    its first image token; its tokens go up to the first one of the next picture."""

    row: int
    width: int
    height: int
    first: int


@dataclass(frozen=True, slots=True)
class Several:
    """All pictures of a sample that has more than one, in their order. `boxes` float32 [n_image_tokens, 4] as
    in `StoredSample`, of every token in pixels of its own picture. `place` is of the one that is shown."""

    pictures: tuple[KeptPicture, ...]
    boxes: NDArray[np.float32]
    place: int = 0

    def place_of(self, token: int) -> int:
        """The picture that an image token is of."""
        return sum(picture.first <= token for picture in self.pictures[1:])

    def tokens(self, place: int) -> slice:
        """The image tokens of a picture."""
        ends = [*(picture.first for picture in self.pictures[1:]), len(self.boxes)]
        return slice(self.pictures[place].first, ends[place])


@dataclass(frozen=True, slots=True)
class StoredSample:
    """A sample as kept in the project file.

    `tokens` are the display pieces of the sample's own text tokens, in order, leading spaces kept;
    `roles` names each token's turn ("user" or "assistant"). `boxes` is float32 [n_image_tokens, 4]:
    x0, y0, x1, y1 of each image token in pixels of the original picture (`width` x `height`), newline
    tokens excluded. `views` is uint8 [n_image_tokens]: 0 for the base view, 1 for tiles.
    `picture` is the row of the picture, or None for a text-only sample.

    Of several pictures it shows one: `picture`, `width`, `height` and `boxes` are of that one, and the boxes
    of other pictures' tokens have no area. As read from a file it shows the first; `seen_by` shows the one on
    which a neuron fires most.
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
    several: Several | None = None

    def seen_by(self, fires: ActivationMap) -> StoredSample:
        """The sample with the picture that has the neuron's strongest image token; of equals the first."""
        if self.several is None or not len(fires.image_value):
            return self
        strongest = int(fires.image_index[int(np.argmax(fires.image_value))])
        return self.showing(self.several.place_of(strongest))

    def showing(self, place: int) -> StoredSample:
        """The sample with its picture at `place`."""
        if self.several is None:
            return self
        shown, tokens = self.several.pictures[place], self.several.tokens(place)
        boxes = np.zeros_like(self.several.boxes)
        boxes[tokens] = self.several.boxes[tokens]
        return replace(
            self, picture=shown.row, width=shown.width, height=shown.height, boxes=boxes,
            several=replace(self.several, place=place),
        )  # fmt: skip

    @property
    def shown_tokens(self) -> slice:
        """The image tokens of the picture that it shows."""
        return slice(0, len(self.boxes)) if self.several is None else self.several.tokens(self.several.place)

    @property
    def shown_place(self) -> int:
        """The place of the picture that it shows."""
        return 0 if self.several is None else self.several.place

    @property
    def shown_as(self) -> str:
        """Which of several pictures it shows, for people: "picture 2 of 3"; empty where there is one."""
        if self.several is None:
            return ""
        return f"picture {self.several.place + 1} of {len(self.several.pictures)}"

    @property
    def all_pictures(self) -> tuple[KeptPicture, ...]:
        """All its pictures in their order; none of a sample of text alone."""
        if self.several is not None:
            return self.several.pictures
        return () if self.picture is None else (KeptPicture(self.picture, self.width, self.height, 0),)


def with_pictures(sample: StoredSample, pictures: tuple[KeptPicture, ...]) -> StoredSample:
    """`sample`, whose `boxes` are each in pixels of their own picture, with these; it shows the first."""
    if len(pictures) < 2:
        return sample
    return replace(sample, several=Several(pictures, sample.boxes)).showing(0)
