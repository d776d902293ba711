"""The menu of queues, with how many neurons are in each."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from studio.domain.queue import Queue
from studio.ui.review.neuron_columns import NeuronColumns
from studio.ui.review.neuron_panel import NeuronPanel
from studio.ui.review.neuron_query import OWN_QUEUES, Query
from studio.ui.review.queue_words import QUEUES


class QueueMenu(QMenu):
    """Filled when it is opened. `sample_asked`: which random sample is to be said first."""

    sample_asked = Signal()

    def __init__(self, panel: NeuronPanel, parent: QWidget | None = None) -> None:
        super().__init__("Queue", parent)
        self._panel = panel
        self._mine: Query | None = None
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self.fill)
        panel.asked.connect(self._asked)

    def fill(self) -> None:
        """List the queues as they are now; those that are kept from this annotator are left out."""
        self.clear()
        rows = self._panel.model.rows
        columns = None if rows is None else rows.columns
        group = QActionGroup(self)
        self._entry(
            group, "All neurons", self._plain(None), None if columns is None else columns.progress()[1]
        )
        for entry in QUEUES:
            if entry is None:
                self.addSeparator()
            elif columns is None or not hidden(columns, entry[0]):
                queue, name, tip = entry
                made = self._entry(group, name, self._plain(queue), counted(columns, queue))
                made.setToolTip(tip)
        if self._mine is not None:
            self.addSeparator()
            self._entry(group, self._mine.only_name or "My list", self._mine, len(self._mine.only or ()))

    def _plain(self, queue: Queue | None) -> Query:
        return replace(self._panel.query, queue=queue, only=None, only_name="")

    def _entry(self, group: QActionGroup, name: str, query: Query, count: int | None) -> QAction:
        text = name.replace("&", "&&") + ("" if count is None else f"\t{count:,}")
        made = self.addAction(text)
        made.setCheckable(True)
        now = self._panel.query
        made.setChecked((now.queue, now.only) == (query.queue, query.only))
        group.addAction(made)
        if query.queue is Queue.SAMPLE:
            made.triggered.connect(self.sample_asked)
        else:
            made.triggered.connect(lambda: self._panel.ask(query))
        return made

    def _asked(self, query: Query) -> None:
        """The last list of chosen neurons stays in the menu."""
        if query.only is not None:
            self._mine = Query(sort=query.sort, only=query.only, only_name=query.only_name)


def hidden(columns: NeuronColumns, queue: Queue) -> bool:
    """Whether the policy keeps the queue from this annotator."""
    return columns.facts is not None and queue in columns.facts.queues.hidden


def counted(columns: NeuronColumns | None, queue: Queue) -> int | None:
    """How many neurons are in a queue; None while that is not known, and for a sample not drawn yet."""
    if columns is None or queue is Queue.SAMPLE or (queue not in OWN_QUEUES and columns.facts is None):
        return None
    return int(columns.members(Query(queue=queue)).sum())
