"""Reads what a joint encoder is to be shown from a project's snapshot."""

from __future__ import annotations

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


def text_of(sample: StoredSample) -> str:
    """All turns of a sample in one line, in lower case: equal where a reader is told the same."""
    return " ".join(" ".join(turn.text for turn in sample.turns).casefold().split())


def candidates(project: Project, neuron: int, side: TokenKind) -> list[Shown]:
    """The top examples of a neuron's side that have something to show, by position."""
    examples = [e for e in project.evidence.get(neuron).of(side, ExampleKind.TOP) if fires(e, side)]
    samples = project.samples.get(e.sample_id for e in examples)
    usable = [e for e in examples if e.sample_id in samples and visible(samples[e.sample_id], side)]
    group_of = project.pictures.group_of
    seen = [(e, samples[e.sample_id].seen_by(e.map)) for e in usable]
    return [Shown(e, sample, group_of(sample)) for e, sample in seen]


def halves(project: Project, neuron: int) -> dict[TokenKind, dict[Half, list[Shown]]]:
    """The candidates of both sides, as `holdout.split` parts them. One without any has two empty halves."""
    found = {side: candidates(project, neuron, side) for side in TokenKind}
    of = {(side, item.sample.id): item for side, items in found.items() for item in items}
    parted = split(
        {side: [item.example for item in items] for side, items in found.items()},
        {item.sample.id: item.group for item in of.values()},
        {item.sample.id: text_of(item.sample) for item in of.values()},
    )
    return {
        side: {
            "seen": [of[side, e.sample_id] for e in half.seen],
            "held_out": [of[side, e.sample_id] for e in half.held_out],
        }
        for side, half in parted.items()
    }


def shown(project: Project, neuron: int, side: TokenKind, half: Half, count: int) -> list[Shown]:
    """At most `count` candidates of one half of a side, the best first."""
    return halves(project, neuron)[side][half][:count]


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
