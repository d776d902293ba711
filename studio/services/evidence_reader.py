"""Reads what a joint encoder is to be shown from a project's snapshot."""

from __future__ import annotations

import sys
from collections import OrderedDict
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from studio.domain.evidence import Example, ExampleKind, StoredSample
from studio.domain.modality import TokenKind
from studio.services.holdout import split
from studio.storage.project import Project

if TYPE_CHECKING:
    from PIL import Image

    from models.pictures import Hiding

Half = Literal["seen", "held_out"]
#: Decoded pictures and their veils that are kept, in pixels (three bytes each).
KEPT_PIXELS = 100_000_000


@dataclass(frozen=True, slots=True)
class Shown:
    """One example of one side, its sample, and a key that is equal where the encoder is shown the same.
    `group` is equal where the picture is, or shows the same: such samples are never parted between what is
    seen and held out."""

    example: Example
    sample: StoredSample
    group: Hashable

    @property
    def key(self) -> Hashable:
        found = self.example.map
        return (self.sample.picture, found.image_index.tobytes())


def candidates(project: Project, neuron: int, side: TokenKind) -> list[Shown]:
    """The top examples of a neuron's side that have something to show, by position."""
    examples = [e for e in project.evidence.get(neuron).of(side, ExampleKind.TOP) if fires(e, side)]
    samples = project.samples.get(e.sample_id for e in examples)
    usable = [e for e in examples if e.sample_id in samples and visible(samples[e.sample_id], side)]
    group_of = project.pictures.group_of
    seen = [(e, samples[e.sample_id].seen_by(e.map)) for e in usable]
    return [Shown(e, sample, group_of(sample)) for e, sample in seen]


def shown(project: Project, neuron: int, side: TokenKind, half: Half, count: int) -> list[Shown]:
    """The candidates of a half, as `holdout.split` parts them."""
    found = {item.sample.id: item for item in candidates(project, neuron, side)}
    groups = {name: item.group for name, item in found.items()}
    seen, held = split([item.example for item in found.values()], groups, count)
    return [found[e.sample_id] for e in (seen if half == "seen" else held)]


def held_out_pool(project: Project, neuron: int, side: TokenKind) -> list[Shown]:
    """All candidates that are held out, however many: the half of `holdout.split` that nobody is shown."""
    return shown(project, neuron, side, "held_out", sys.maxsize)


def fires(example: Example, side: TokenKind) -> bool:
    """Whether the neuron fires on this side of the example."""
    index = example.map.image_index if side is TokenKind.IMAGE else example.map.text_index
    return len(index) > 0


def visible(sample: StoredSample, side: TokenKind) -> bool:
    """Whether there is anything to show of this side."""
    return side is TokenKind.TEXT or (sample.picture is not None and sample.width > 0 and sample.height > 0)


class PictureCache:
    """Decoded pictures of a project with their hidden versions, the least recently used let go."""

    def __init__(self, project: Project, how: Hiding) -> None:
        self._project = project
        self._how = how
        self._kept: OrderedDict[int, tuple[Image.Image, Image.Image]] = OrderedDict()
        self._pixels = 0

    def get(self, row: int) -> tuple[Image.Image, Image.Image]:
        """The picture of a row (mode RGB), and the same with everything hidden."""
        if row in self._kept:
            self._kept.move_to_end(row)
            return self._kept[row]
        from models.pictures import hidden

        image = _decoded(self._project.pictures.get(row))
        self._kept[row] = (image, hidden(image, self._how))
        self._pixels += 2 * image.width * image.height
        while self._pixels > KEPT_PIXELS and len(self._kept) > 1:
            _, (old, _) = self._kept.popitem(last=False)
            self._pixels -= 2 * old.width * old.height
        return self._kept[row]


def _decoded(jpeg: bytes) -> Image.Image:
    from studio.domain.sample import ImageSource
    from studio.services.pictures import load_picture

    return load_picture(ImageSource(data=jpeg))


def live_neurons(project: Project) -> Iterator[int]:
    """Neurons that fired at least once and have examples, ascending."""
    live = project.neurons.column("image", "tokens") + project.neurons.column("text", "tokens") > 0
    return (n for n in project.evidence.neurons() if n < len(live) and live[n])
