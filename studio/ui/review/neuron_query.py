"""Which neurons the list shows, and in which order: NumPy over the columns of all neurons, no Qt."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.domain.annotation import Label
from studio.domain.modality import Modality
from studio.services.neurons import MODALITIES, NeuronTable, status_code

Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]


class SortKey(StrEnum):
    """What the list is ordered by. REVIEW puts neurons whose lines disagree first, then by score."""

    REVIEW = "review"
    NEURON = "neuron"
    CONCEPT = "concept"
    SCORE = "score"
    MEAN = "mean"
    SHARE = "share"
    FIRING = "firing"


class Shown(StrEnum):
    """The class filter of the list."""

    ALL = "all"
    VISUAL = "visual"
    TEXTUAL = "textual"
    MULTIMODAL = "multimodal"
    UNCLEAR = "unclear"
    DISAGREE = "disagree"


class Stage(StrEnum):
    """The filter by how far the review is."""

    ANY = "any"
    OPEN = "open"
    REVIEWED = "reviewed"


@dataclass(frozen=True, slots=True)
class Query:
    """What the list is asked for. `only`: these neurons and no others, under the name `only_name`."""

    shown: Shown = Shown.ALL
    stage: Stage = Stage.ANY
    text: str = ""
    sort: SortKey = SortKey.REVIEW
    descending: bool = False
    only: frozenset[int] | None = None
    only_name: str = ""

    @property
    def narrowed(self) -> bool:
        """Whether a filter leaves neurons out."""
        asked = bool(self.text) or self.only is not None
        return asked or self.shown is not Shown.ALL or self.stage is not Stage.ANY


class NeuronColumns:
    """All neurons as columns, with what a list needs beside them. The labels in it can be replaced."""

    def __init__(self, table: NeuronTable) -> None:
        self.table = table
        self.folded = [concept.casefold() for concept in self._concepts()]
        self._orders: dict[tuple[SortKey, bool], Rows] = {}
        self._counts: dict[Shown, int] | None = None

    def __len__(self) -> int:
        return len(self.table)

    def concept(self, neuron: int) -> str:
        """The reviewer's words for the neuron, or else the proposed ones."""
        return self.table.own_concept.get(neuron) or self.table.concept[neuron]

    def modality(self, neuron: int) -> Modality | None:
        """The reviewer's class, or else the automatic one."""
        code = self.table.own_modality[neuron]
        code = self.table.modality[neuron] if code < 0 else code
        return None if code < 0 else MODALITIES[code]

    def classes(self) -> NDArray[np.int8]:
        """The same for all neurons: int8 [n] codes in MODALITIES, -1 without a class."""
        own = self.table.own_modality
        return np.where(own < 0, self.table.modality, own)

    def counts(self) -> dict[Shown, int]:
        """How many live neurons each class filter shows."""
        if self._counts is None:
            self._counts = {s: int(np.count_nonzero(self._of_class(s) & self.table.live)) for s in Shown}
        return dict(self._counts)

    def progress(self) -> tuple[int, int]:
        """Live neurons that are reviewed, and all live neurons."""
        live = self.table.live
        return int(np.count_nonzero(self.table.reviewed & live)), int(np.count_nonzero(live))

    def find(self, query: Query) -> Rows:
        """Neuron numbers that `query` asks for, in its order: int64 [found].

        Neurons that never fired are left out, except one whose number was typed in full.
        """
        keep = self._of_class(query.shown) & self.table.live
        if query.stage is not Stage.ANY:
            keep &= self.table.reviewed == (query.stage is Stage.REVIEWED)
        if query.only is not None:
            listed = np.fromiter((n for n in query.only if 0 <= n < len(self)), np.int64)
            keep &= np.isin(np.arange(len(self)), listed)
        if query.text.strip():
            keep = self._with_text(query.text.strip().casefold(), keep)
        order = self.order(query.sort, query.descending)
        return order[keep[order]]

    def order(self, key: SortKey, descending: bool) -> Rows:
        """All neurons by `key`, equal ones by number, unknown values last: int64 [n]."""
        if (key, descending) not in self._orders:
            self._orders[key, descending] = self._sorted(key, descending)
        return self._orders[key, descending]

    def set_label(self, label: Label) -> None:
        """Replace the reviewer's label of one neuron."""
        table, neuron = self.table, label.neuron
        table.status[neuron] = status_code(label)
        table.flagged[neuron] = label.flagged
        table.rating[neuron] = label.rating or 0
        table.reviewed[neuron] = label.reviewed
        own = -1 if label.modality is None else MODALITIES.index(label.modality)
        if own != table.own_modality[neuron]:
            table.own_modality[neuron], self._counts = own, None
        if label.concept is None:
            table.own_concept.pop(neuron, None)
        else:
            table.own_concept[neuron] = label.concept
        folded = self.concept(neuron).casefold()
        if folded != self.folded[neuron]:
            self.folded[neuron] = folded
            self._orders = {k: order for k, order in self._orders.items() if k[0] is not SortKey.CONCEPT}

    def _concepts(self) -> list[str]:
        own = self.table.own_concept
        if not own:
            return self.table.concept
        return [own.get(neuron) or concept for neuron, concept in enumerate(self.table.concept)]

    def _of_class(self, shown: Shown) -> Mask:
        if shown is Shown.ALL:
            return np.ones(len(self), bool)
        if shown is Shown.DISAGREE:
            return self.table.disagree.copy()
        return self.classes() == MODALITIES.index(Modality(shown.value))

    def _with_text(self, text: str, keep: Mask) -> Mask:
        found = np.fromiter((text in concept for concept in self.folded), bool, len(self)) & keep
        number = text.removeprefix("#").removeprefix("neuron ").strip()
        if number.isascii() and number.isdigit() and len(number) < 12:
            found |= _starts_with(self.table.neuron, int(number)) & keep
            if int(number) < len(self):
                found[int(number)] = True
        return found

    def _sorted(self, key: SortKey, descending: bool) -> Rows:
        if key is SortKey.CONCEPT:
            return self._by_concept(descending)
        if key is SortKey.REVIEW:
            score = np.nan_to_num(self.table.score, nan=-1.0)
            order = np.lexsort((-score, ~self.table.disagree))
            return order[::-1].copy() if descending else order
        values = self._values(key)
        return np.argsort(-values if descending else values, kind="stable")

    def _values(self, key: SortKey) -> NDArray[Any]:
        table = self.table
        columns: dict[SortKey, NDArray[Any]] = {
            SortKey.NEURON: table.neuron,
            SortKey.SCORE: table.score,
            SortKey.MEAN: table.mean,
            SortKey.SHARE: table.image_share,
            SortKey.FIRING: table.samples,
        }
        return columns[key]

    def _by_concept(self, descending: bool) -> Rows:
        """Neurons without a concept come last in both directions."""
        folded = self.folded
        order = np.array(sorted(range(len(folded)), key=folded.__getitem__, reverse=descending), np.int64)
        nameless = np.fromiter((not folded[i] for i in order.tolist()), bool, len(order))
        return np.concatenate([order[~nameless], order[nameless]])


def _starts_with(numbers: NDArray[np.int32], start: int) -> Mask:
    """Which numbers begin with the digits of `start`."""
    rest = numbers.astype(np.int64)
    found = rest == start
    while start > 0 and rest.max(initial=0) >= start:
        rest = rest // 10
        found |= rest == start
    return found
