"""All neurons in each order of the list, sorted once. NumPy, no Qt."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.services.neuron_facts import NeuronFacts
from studio.services.neurons import NeuronTable
from studio.ui.review.concept_words import ConceptWords
from studio.ui.review.neuron_query import SortKey

Rows = NDArray[np.int64]


class Orders:
    """Equal neurons stand by number, those of which the value is not known last."""

    def __init__(self, table: NeuronTable, words: ConceptWords) -> None:
        self._table, self._words = table, words
        self._kept: dict[tuple[SortKey, bool], NDArray[np.int32]] = {}  # half the memory of int64

    def of(self, key: SortKey, descending: bool, facts: NeuronFacts | None) -> Rows:
        """All neurons by `key`, int64 [n]. Without `facts` an order that needs them is by number."""
        if (key, descending) not in self._kept:
            self._kept[key, descending] = self._sorted(key, descending, facts).astype(np.int32)
        return self._kept[key, descending].astype(np.int64)

    def forget(self, *keys: SortKey) -> None:
        """What these orders follow from is another now."""
        self._kept = {kept: order for kept, order in self._kept.items() if kept[0] not in keys}

    def _sorted(self, key: SortKey, descending: bool, facts: NeuronFacts | None) -> Rows:
        if key is SortKey.CONCEPT:
            return self._words.order(descending)
        if key is SortKey.REVIEW:
            score = np.nan_to_num(self._table.score, nan=-1.0)
            order = np.lexsort((-score, ~self._table.disagree))
            return order[::-1].copy() if descending else order
        if key is SortKey.MINE:
            mine = np.arange(len(self._table)) if facts is None else facts.queues.order
            return mine[::-1].copy() if descending else mine
        values = self._values(key, facts)
        return np.argsort(-values if descending else values, kind="stable")

    def _values(self, key: SortKey, facts: NeuronFacts | None) -> NDArray[Any]:
        table = self._table
        if key is SortKey.UNCERTAINTY:
            return np.zeros(len(table)) if facts is None else facts.queues.uncertainty
        columns: dict[SortKey, NDArray[Any]] = {
            SortKey.NEURON: table.neuron,
            SortKey.SCORE: table.score,
            SortKey.MEAN: table.mean,
            SortKey.SHARE: table.image_share,
            SortKey.FIRING: table.samples,
        }
        return columns[key]
