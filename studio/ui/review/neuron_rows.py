"""The rows of the list as the reviewer walks through them: next, previous, next that is open."""

from __future__ import annotations

import numpy as np

from studio.domain.annotation import Label
from studio.services.neurons import STATUSES
from studio.ui.review.list_orders import Rows
from studio.ui.review.neuron_columns import NeuronColumns
from studio.ui.review.neuron_query import Query

#: Rows that are looked at in one go.
STRETCH = 4096
SKIPPED = STATUSES.index("skipped")


class NeuronRows:
    """`rows` int64: the neurons shown, in order. A decision moves no row: the list changes with the query."""

    def __init__(self, columns: NeuronColumns, query: Query | None = None) -> None:
        self.columns = columns
        self.query = query or Query()
        self.rows: Rows = np.zeros(0, np.int64)
        self._row_of = np.zeros(0, np.int64)
        self.ask(self.query)

    def __len__(self) -> int:
        return len(self.rows)

    def ask(self, query: Query) -> None:
        """Show what `query` asks for."""
        self.show(query, self.columns.find(query))

    def show(self, query: Query, found: Rows) -> None:
        """Show what was found for `query`."""
        self.query, self.rows = query, found
        self._row_of = np.full(len(self.columns), -1, np.int64)
        self._row_of[self.rows] = np.arange(len(self.rows))

    def row_of(self, neuron: int | None) -> int | None:
        """The row a neuron stands in, None when the list does not show it."""
        if neuron is None or not 0 <= neuron < len(self._row_of):
            return None
        row = int(self._row_of[neuron])
        return None if row < 0 else row

    def step(self, neuron: int | None, by: int) -> int | None:
        """The neuron `by` rows on, None at the end. From a neuron that is not shown: the first one."""
        row = self.row_of(neuron)
        to = 0 if row is None else row + by
        return int(self.rows[to]) if 0 <= to < len(self.rows) else None

    def next_open(self, neuron: int | None) -> int | None:
        """The next neuron that is neither reviewed nor skipped, from the row after `neuron` and round."""
        row = self.row_of(neuron)
        start = 0 if row is None else row + 1
        for first, last in ((start, len(self.rows)), (0, start)):
            for at in range(first, last, STRETCH):
                found = self._open_in(self.rows[at : min(at + STRETCH, last)], neuron)
                if found is not None:
                    return found
        return None

    def _open_in(self, walk: Rows, besides: int | None) -> int | None:
        table = self.columns.table
        found = ~table.reviewed[walk] & (table.status[walk] != SKIPPED)
        if besides is not None:
            found &= walk != besides
        at = int(found.argmax()) if len(found) else 0
        return int(walk[at]) if len(found) and found[at] else None

    def neighbours(self, neuron: int | None) -> list[int]:
        """Who is likely next: the next open one, then the rows around."""
        near = [self.next_open(neuron), *(self.step(neuron, by) for by in (1, -1, 2))]
        return [n for n in dict.fromkeys(near) if n is not None and n != neuron]

    def set_label(self, label: Label) -> None:
        """Take over a label; the row stays where it is."""
        if 0 <= label.neuron < len(self.columns):
            self.columns.set_label(label)
