"""All neurons as the list knows them: filters and queues, with NumPy over their columns. No Qt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.domain.annotation import Label
from studio.domain.modality import Modality
from studio.domain.queue import Queue
from studio.domain.search import ANY, Search, parse
from studio.services.neuron_facts import NeuronFacts
from studio.services.neuron_search import NeuronSearch, wanted
from studio.services.neurons import MODALITIES, STATUSES, NeuronTable, status_code
from studio.services.queues import random_sample
from studio.ui.review.concept_words import ConceptWords
from studio.ui.review.list_orders import Orders, Rows
from studio.ui.review.neuron_query import Query, Shown, SortKey

Mask = NDArray[np.bool_]
#: What is kept of findings: a word of every neuron's takes half a megabyte.
HITS_BYTES = 8 * 2**20


class NeuronColumns:
    """All neurons as columns, with what a list needs beside them. The labels in it can be replaced.

    `facts` come a moment after the columns; until then a queue that needs them is empty. `hits` are what the
    search index found for words that were asked for.
    """

    def __init__(self, table: NeuronTable, facts: NeuronFacts | None = None) -> None:
        self.table = table
        self.facts = facts
        self.hits: dict[tuple[str, str], NDArray[np.int32]] = {}
        self.words = ConceptWords(self._concepts())
        self._orders = Orders(table, self.words)
        self._counts: dict[Shown, int] | None = None

    def __len__(self) -> int:
        return len(self.table)

    def concept(self, neuron: int) -> str:
        """The reviewer's words for the neuron, or else the proposed ones."""
        own = self.table.own_concept.get(neuron)
        return own or (self.table.concept[neuron] if self.uncovered(neuron) else "")

    def uncovered(self, neuron: int) -> bool:
        """Whether the annotator may see what was found out about the neuron automatically."""
        table = self.table
        return not table.blind or neuron in table.revealed

    def disagrees(self, neuron: int) -> bool:
        """Whether its lines of evidence disagree, as far as the annotator may know."""
        return bool(self.table.disagree[neuron]) and self.uncovered(neuron)

    def modality(self, neuron: int) -> Modality | None:
        """The reviewer's class, or else the automatic one."""
        code = self.table.own_modality[neuron]
        code = self.table.modality[neuron] if code < 0 and self.uncovered(neuron) else code
        return None if code < 0 else MODALITIES[code]

    def classes(self) -> NDArray[np.int8]:
        """The same for all neurons: int8 [n] codes in MODALITIES, -1 without a class."""
        own = self.table.own_modality
        return np.where((own < 0) & self._uncovered(), self.table.modality, own)

    def parsed(self, text: str) -> Search:
        """What a text asks for, with the scores of this project as fields."""
        return parse(text, frozenset(self.facts.scores) if self.facts is not None else frozenset())

    def tags(self) -> set[str]:
        """Every tag the annotator has given."""
        return {tag for some in self.table.own_tags.values() for tag in some}

    def missing(self, text: str) -> list[tuple[str, str]]:
        """What the search index has to be asked for before `text` can be found everywhere."""
        asked = (key for term in self.parsed(text).terms for key in wanted(term))
        return [key for key in dict.fromkeys(asked) if key not in self.hits]

    def counts(self) -> dict[Shown, int]:
        """How many live neurons each class filter shows."""
        if self._counts is None:
            self._counts = {s: int(np.count_nonzero(self._of_class(s) & self.table.live)) for s in Shown}
        return dict(self._counts)

    def progress(self) -> tuple[int, int]:
        """Live neurons that are reviewed, and all live neurons."""
        live = self.table.live
        return int(np.count_nonzero(self.table.reviewed & live)), int(np.count_nonzero(live))

    def keep_hits(self, found: Mapping[tuple[str, str], Rows]) -> None:
        """Remember what the search index found."""
        if sum(neurons.nbytes for neurons in self.hits.values()) > HITS_BYTES:
            self.hits.clear()
        self.hits.update((key, neurons.astype(np.int32)) for key, neurons in found.items())

    def find(self, query: Query) -> Rows:
        """Neuron numbers that `query` asks for, in its order: int64 [found].

        Neurons that never fired are left out, except one whose number was typed in full.
        """
        keep = self._of_class(query.shown)
        keep &= self.table.live if query.queue is None else self.members(query)
        if query.only is not None:
            keep &= self._at(n for n in query.only if 0 <= n < len(self))
        keep = self._searched(query.text, keep)
        order = self.order(query.sort, query.descending)
        return order[keep[order]]

    def members(self, query: Query) -> Mask:
        """The neurons of the queue that is asked for, as far as is known: bool [n]."""
        table, queue = self.table, query.queue
        if queue is Queue.OPEN:
            return table.live & ~table.reviewed & (table.status != STATUSES.index("skipped"))
        if queue is Queue.REVIEWED:
            return table.live & table.reviewed
        if queue is Queue.SKIPPED:
            return table.status == STATUSES.index("skipped")
        if queue is Queue.FLAGGED_BY_ME:
            return table.flagged.copy()
        if queue is Queue.SAMPLE:
            return self._at(random_sample(np.flatnonzero(table.live), query.size, query.seed))
        if queue is None or self.facts is None:
            return np.zeros(len(self), bool) if queue is not None else table.live.copy()
        return self.facts.queues.members[queue].copy()

    def order(self, key: SortKey, descending: bool) -> Rows:
        """All neurons by `key`, equal ones by number, unknown values last: int64 [n]."""
        return self._orders.of(key, descending, self.facts)

    def set_facts(self, facts: NeuronFacts) -> None:
        """Take over queues and scores, which are read after the columns."""
        self.facts = facts
        self._orders.forget(SortKey.MINE, SortKey.UNCERTAINTY)

    def set_label(self, label: Label) -> None:
        """Replace the reviewer's label of one neuron."""
        table, neuron = self.table, label.neuron
        table.status[neuron] = status_code(label)
        table.flagged[neuron] = label.flagged
        table.rating[neuron] = label.rating or 0
        table.reviewed[neuron] = label.reviewed
        own = -1 if label.modality is None else MODALITIES.index(label.modality)
        if own != table.own_modality[neuron] or table.blind:
            table.own_modality[neuron], self._counts = own, None
        if label.tags:
            table.own_tags[neuron] = label.tags
        else:
            table.own_tags.pop(neuron, None)
        (table.noted.add if label.note else table.noted.discard)(neuron)
        for key in [key for key in self.hits if key[0] in ("note", "comment")]:
            del self.hits[key]
        if label.concept is None:
            table.own_concept.pop(neuron, None)
        else:
            table.own_concept[neuron] = label.concept
        if self.words.set(neuron, self.concept(neuron)):
            self._orders.forget(SortKey.CONCEPT)

    def _concepts(self) -> list[str]:
        if not self.table.own_concept and not self.table.blind:
            return self.table.concept
        return [self.concept(neuron) for neuron in range(len(self))]

    def _uncovered(self) -> Mask:
        """The same as `uncovered` for all neurons: bool [n]."""
        table = self.table
        return self._at(table.revealed) if table.blind else np.ones(len(self), bool)

    def _at(self, neurons: Any) -> Mask:
        found = np.zeros(len(self), bool)
        found[neurons if isinstance(neurons, np.ndarray) else np.fromiter(neurons, np.int64)] = True
        return found

    def _of_class(self, shown: Shown) -> Mask:
        if shown is Shown.ALL:
            return np.ones(len(self), bool)
        if shown is Shown.DISAGREE:
            return self.table.disagree & self._uncovered()
        return self.classes() == MODALITIES.index(Modality(shown.value))

    def _searched(self, text: str, keep: Mask) -> Mask:
        """`keep` narrowed by every term; a number typed in full finds its neuron whatever else is asked."""
        if not text.strip():
            return keep
        search = NeuronSearch(self.table, self.words.having, self.classes(), self.facts, self.hits)
        terms = self.parsed(text).terms
        for term in terms:
            keep = keep & search.mask(term)
        number = terms[0].values[0].removeprefix("#") if len(terms) == 1 and terms[0].field == ANY else ""
        typed = number.isascii() and number.isdigit() and len(number) < 12 and not terms[0].negative
        if typed and int(number) < len(self):
            keep[int(number)] = True
        return keep
