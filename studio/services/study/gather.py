"""The neurons of a study and the examples that all its methods share."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from studio.domain.context import Context
from studio.domain.evidence import ExampleKind, StoredSample
from studio.domain.modality import TokenKind
from studio.services.evidence_reader import Shown, candidates, live_neurons
from studio.services.holdout import joined
from studio.services.study.vectors import key_of
from studio.storage.project import Project


@dataclass(frozen=True, slots=True)
class Item:
    """One top example: the keys of its two views (the firing part alone, and the whole), its picture (equal
    for near-duplicates) or text, and its group: examples of one picture or of one part are never parted."""

    sample_id: str
    part: str
    whole: str
    picture: Hashable
    group: Hashable


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a neuron: its top examples by position, and (whole, group) of samples it is silent on."""

    items: tuple[Item, ...]
    silent: tuple[tuple[str, Hashable], ...]


Place = tuple[TokenKind, int]


class Gathered:
    """The sides of the chosen neurons. `samples` are all that is needed to draw them, by id."""

    def __init__(self) -> None:
        self.sides: dict[Place, Side] = {}
        self.shown: dict[str, tuple[TokenKind, Shown]] = {}
        self.wholes: dict[str, tuple[TokenKind, StoredSample]] = {}
        self._examples: dict[tuple[TokenKind, str, str], Shown] = {}

    def add(self, project: Project, neuron: int) -> None:
        """Read one neuron; a side without two groups has nothing to hold out and is left out."""
        evidence = project.evidence.get(neuron)
        for side in TokenKind:
            found = candidates(project, neuron, side)
            parts = [part_key(side, item) for item in found]
            groups = grouped([item.group for item in found], parts)
            if len(set(groups)) < 2:
                continue
            items = [self._item(side, *row) for row in zip(found, parts, groups, strict=True)]
            ids = [e.sample_id for e in evidence.of(side, ExampleKind.SILENT)]
            samples = project.samples.get(ids).values()
            silent = [s for s in samples if side is TokenKind.TEXT or s.picture is not None]
            group_of = project.pictures.group_of
            self.sides[side, neuron] = Side(
                tuple(items), tuple((self._whole(side, sample), group_of(sample)) for sample in silent)
            )

    def of(self, side: TokenKind) -> list[int]:
        """The neurons with this side, ascending."""
        return sorted(neuron for which, neuron in self.sides if which is side)

    def example(self, side: TokenKind, item: Item) -> Shown:
        """The example behind an item."""
        return self._examples[side, item.sample_id, item.part]

    def _item(self, side: TokenKind, item: Shown, part: str, group: Hashable) -> Item:
        self.shown.setdefault(part, (side, item))
        self._examples.setdefault((side, item.sample.id, part), item)
        return Item(item.sample.id, part, self._whole(side, item.sample), item.group, group)

    def _whole(self, side: TokenKind, sample: StoredSample) -> str:
        key = key_of("whole", side.value, sample.picture if side is TokenKind.IMAGE else whole_text(sample))
        self.wholes.setdefault(key, (side, sample))
        return key


def gather(project: Project, count: int, seed: int, ctx: Context) -> Gathered:
    """The sides of `count` neurons drawn at random (0: of all), the same for the same seed.

    A larger count draws the same neurons and more. Neurons without a side that can be tested are passed over.
    """
    neurons = list(live_neurons(project))
    order: Sequence[int] = np.random.default_rng(seed).permutation(np.array(neurons, np.int64)).tolist()
    wanted = len(order) if count == 0 else min(count, len(order))
    found, chosen = Gathered(), 0
    for neuron in order:
        if chosen == wanted:
            break
        ctx.check()
        ctx.report(chosen, wanted, "Reading the examples of each neuron")
        before = len(found.sides)
        found.add(project, neuron)
        chosen += len(found.sides) > before
    ctx.report(wanted, wanted)
    return found


def grouped(pictures: Sequence[Hashable], parts: Sequence[Hashable]) -> list[int]:
    """A number for each example, equal for those that a chain of common pictures or parts links."""
    pairs = zip(pictures, parts, strict=True)
    return joined([(("picture", picture), ("part", part)) for picture, part in pairs])


def part_key(side: TokenKind, item: Shown) -> str:
    """Equal where an encoder is shown the same part of the same picture or text."""
    from models.explainers.evidence import text_window

    found = item.example.map
    if side is TokenKind.TEXT:
        return key_of("part", side.value, text_window(item.sample, found))
    return key_of("part", side.value, item.sample.picture, item.sample.boxes[found.image_index])


def whole_text(sample: StoredSample) -> str:
    """The text of a sample, its turns one after another."""
    return " ".join(turn.text for turn in sample.turns)
