"""The queue of the adjudicator: neurons whose labels differ, how many are decided, undo."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from studio.services.adjudication import Differing
from studio.ui.actions import ActionRegistry
from studio.ui.labels import label, number_label
from studio.ui.progress_line import progress_line, set_share
from studio.ui.together.rows_model import RowsModel, RowsTable, TableRow

HEADERS = ("", "Neuron", "Differ in")
#: Acts that have no button on the page, and how the line below the queue calls them.
STEPS = {"next": "next", "previous": "previous", "next_open": "next open"}
MARK_WIDTH = 28


class AdjudicationList(QWidget):
    """`chosen` carries the neuron that came to the front."""

    chosen = Signal(int)

    def __init__(self, actions: ActionRegistry, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._actions = actions
        self.queue: list[Differing] = []
        self.model = RowsModel(HEADERS, right=(1,))
        self.table = RowsTable(self.model, "Neurons whose labels differ", stretch=(2,))
        self.table.selectionModel().currentRowChanged.connect(self._row_changed)
        self.bar, self.counts = progress_line("Adjudicated", 160), number_label()
        self.near = QCheckBox("Ratings one step apart, too")
        self.undo_button = QPushButton("Undo")
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 8, 16)
        column.setSpacing(8)
        column.addWidget(label("Adjudication", "title"))
        row = QHBoxLayout()
        row.addWidget(self.bar, 1)
        row.addWidget(self.counts)
        column.addLayout(row)
        column.addWidget(self.near)
        column.addWidget(self.table, 1)
        column.addWidget(self.undo_button)
        self.keys = label("", "muted", wrap=True)
        column.addWidget(self.keys)
        actions.shortcuts_changed.connect(self._say_keys)
        self._say_keys()

    def _say_keys(self, _id: str = "") -> None:
        known = ((self._actions.key_label(f"adjudicate.{name}"), words) for name, words in STEPS.items())
        self.keys.setText(", ".join(f"{key} {words}" for key, words in known if key))

    def set_queue(self, queue: list[Differing]) -> None:
        """Show another queue; none of its neurons is in front until one is selected."""
        self.queue = queue
        self.model.set_rows([_row(one) for one in queue])
        self.table.fit((1,))
        self.table.setColumnWidth(0, MARK_WIDTH)
        self._tell_progress()

    def mark(self, neurons: Collection[int]) -> None:
        """These are decided now."""
        for place, one in enumerate(self.queue):
            if one.neuron in neurons:
                self.queue[place] = replace(one, decided=True)
                self.model.set_row(place, _row(self.queue[place]))
        self._tell_progress()

    def tell_undo(self, title: str | None) -> None:
        """The button takes back adjudications only, not what was said in the review."""
        mine = title is not None and title.startswith("Undo: adjudicate")
        self.undo_button.setEnabled(mine)
        self.undo_button.setText(title or "Undo" if mine else "Undo")

    def current(self) -> int | None:
        """The neuron that is selected."""
        row = self.table.currentIndex().row()
        return self.queue[row].neuron if 0 <= row < len(self.queue) else None

    def select(self, neuron: int | None) -> None:
        """Bring a neuron to the front: this one, or else the first that is open."""
        rows = {one.neuron: row for row, one in enumerate(self.queue)}
        opened = (row for row, one in enumerate(self.queue) if not one.decided)
        row = rows[neuron] if neuron in rows else next(opened, 0)
        self.table.setCurrentIndex(self.model.index(row, 0))

    def step(self, by: int) -> None:
        """The neuron `by` rows on, if there is one."""
        row = self.table.currentIndex().row() + by
        if 0 <= row < len(self.queue):
            self.table.setCurrentIndex(self.model.index(row, 0))

    def next_open(self, neuron: int | None) -> int | None:
        """The next neuron that is not decided, after this one and round; this one where there is none."""
        place = next((i for i, one in enumerate(self.queue) if one.neuron == neuron), -1)
        walk = [*self.queue[place + 1 :], *self.queue[: max(place, 0)]]
        return next((one.neuron for one in walk if not one.decided), neuron)

    def _row_changed(self) -> None:
        """After another queue was set there is no current row, so that selecting one is told anew."""
        neuron = self.current()
        if neuron is not None:
            self.chosen.emit(neuron)

    def _tell_progress(self) -> None:
        done = sum(one.decided for one in self.queue)
        set_share(self.bar, done / max(len(self.queue), 1))
        self.counts.setText(f"{done:,} / {len(self.queue):,}")


def _row(one: Differing) -> TableRow:
    return TableRow(("✓" if one.decided else "", str(one.neuron), ", ".join(one.parts)), one.neuron)
