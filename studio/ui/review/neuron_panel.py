"""The left column: filters, order, and the list of neurons, all of which show one `Query`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from studio.domain.queue import Queue
from studio.ui.actions import ActionRegistry
from studio.ui.labels import label
from studio.ui.review.filter_chips import FilterChips
from studio.ui.review.list_orders import Rows
from studio.ui.review.list_table import ListTable
from studio.ui.review.neuron_model import Column, NeuronModel
from studio.ui.review.neuron_query import Query, Shown, SortKey
from studio.ui.review.neuron_rows import NeuronRows
from studio.ui.review.no_match import NoMatch
from studio.ui.review.order_button import OrderButton
from studio.ui.review.queue_words import queue_words
from studio.ui.theme import ThemeKeeper

HEADER_SORTS = {Column.NEURON: SortKey.NEURON, Column.CONCEPT: SortKey.CONCEPT, Column.VALUE: SortKey.SCORE}
#: Pixels below which the column of numbers is left out.
NARROW = 280


class NeuronPanel(QFrame):
    """`chosen` carries a neuron that was clicked or walked to; `asked` a Query that now holds; `words_asked`
    (field, text) pairs that the search index has to be asked for."""

    chosen = Signal(int)
    asked = Signal(object)
    words_asked = Signal(object)

    def __init__(self, actions: ActionRegistry, themes: ThemeKeeper, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self.query = Query()
        self._current: int | None = None
        self.model = NeuronModel(self)
        self.table = ListTable(self.model, themes)
        self.chips, self.order, self.nothing = FilterChips(actions), OrderButton(), NoMatch()
        self.selected_button = QToolButton()
        self._assemble()
        self._connect()
        self._count_selected(0)

    def set_rows(self, rows: NeuronRows | None) -> None:
        """Show another project's neurons, as they are asked for now."""
        if rows is not None:
            rows.ask(self.query)
        self.model.set_rows(rows)
        self.refresh_counts()
        self._show_found()

    def select(self, neuron: int) -> None:
        """Mark the neuron that is in front, if the list shows it."""
        self._current = neuron
        self.table.mark(neuron)

    def label_changed(self, neuron: int) -> None:
        """Draw a row anew."""
        self.model.changed(neuron)

    def labels_changed(self) -> None:
        """Draw all rows anew."""
        self.model.all_changed()

    def scores(self) -> tuple[str, ...]:
        """Names of the scores that a search can ask for beside the usual ones."""
        rows = self.model.rows
        facts = None if rows is None else rows.columns.facts
        return () if facts is None else tuple(sorted(facts.scores))

    def selected(self) -> list[int]:
        """The neurons of the selected rows, in the order of the list."""
        return self.table.selected()

    def select_all(self) -> None:
        """Select every row of the list; the neuron in front stays."""
        self.table.selectAll()

    def ask(self, query: Query) -> None:
        """Show what `query` asks for, with the neuron in front still marked."""
        if query == self.query:
            return
        self.query = query
        self.chips.show_chosen(query.shown)
        self.order.show_order(query.sort, query.descending)
        self._show_problems()
        self._ask_again()
        self.asked.emit(query)
        self._ask_index()

    def search(self, text: str) -> None:
        """Show the neurons that `text` asks for (`studio.domain.search`); the neuron in front stays."""
        self.ask(replace(self.query, text=text))

    def show_only(self, neurons: Iterable[int], name: str) -> None:
        """List these neurons and no others, with every other filter taken off."""
        self.ask(self._in_order(Query(only=frozenset(neurons), only_name=name)))

    def show_sample(self, size: int, seed: int) -> None:
        """List a random sample of all neurons."""
        self.ask(self._in_order(Query(queue=Queue.SAMPLE, size=size, seed=seed)))

    def clear_filters(self) -> None:
        """Show every neuron again, in the same order."""
        self.ask(self._in_order(Query()))

    def words_found(self, found: Mapping[tuple[str, str], Rows]) -> None:
        """What the search index knows has arrived: neurons join the list."""
        if self.model.rows is not None:
            self.model.rows.columns.keep_hits(found)
            if any(len(neurons) for neurons in found.values()) and self.model.find_again():
                self._show_rows()

    def facts_read(self) -> None:
        """Queues and scores have arrived, or are newer."""
        query, rows = self.query, self.model.rows
        self._show_problems()
        if rows is not None and (query.needs_facts or query.text.strip()):
            self._ask_again()
            self._ask_index()

    def refresh_counts(self) -> None:
        """Write the number of neurons on each chip."""
        rows = self.model.rows
        self.chips.show_counts(dict.fromkeys(Shown, 0) if rows is None else rows.columns.counts())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is little room the words come first, and the numbers go."""
        super().resizeEvent(event)
        self.table.setColumnHidden(Column.VALUE, self.width() < NARROW)

    def _in_order(self, query: Query) -> Query:
        """`query` in the order of now."""
        return replace(query, sort=self.query.sort, descending=self.query.descending)

    def _ask_index(self) -> None:
        rows = self.model.rows
        if missing := [] if rows is None else rows.columns.missing(self.query.text):
            self.words_asked.emit(missing)

    def _ask_again(self) -> None:
        self.model.ask(self.query)
        self._show_rows()

    def _show_rows(self) -> None:
        """The list shows other rows: the neuron in front is marked among them."""
        self._show_found()
        if self._current is not None:
            self.table.mark(self._current)

    def _assemble(self) -> None:
        self._problems = label("", "warning", wrap=True)
        self._problems.setAccessibleName("What the search did not understand")
        self._problems.hide()
        top = QWidget()
        inside = QVBoxLayout(top)
        inside.setContentsMargins(12, 12, 12, 4)
        inside.setSpacing(8)
        inside.addWidget(self.chips)
        inside.addWidget(self._problems)
        inside.addLayout(self._order_row())
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(self.nothing)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(top)
        column.addWidget(self._stack, 1)

    def _order_row(self) -> QHBoxLayout:
        self._found = label("", "muted")
        self.selected_button.setProperty("role", "link")
        self.selected_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        row = QHBoxLayout()
        row.addWidget(self._found)
        row.addWidget(self.selected_button)
        row.addStretch(1)
        row.addWidget(self.order)
        return row

    def _connect(self) -> None:
        self.table.chosen.connect(self._row_chosen)
        self.table.counted.connect(self._count_selected)
        self.table.horizontalHeader().sectionClicked.connect(self._header_clicked)
        self.chips.chosen.connect(lambda shown: self.ask(replace(self.query, shown=shown)))
        self.order.asked.connect(lambda key, down: self.ask(replace(self.query, sort=key, descending=down)))
        self.nothing.cleared.connect(self.clear_filters)

    def _show_found(self) -> None:
        rows = self.model.rows
        found = 0 if rows is None else len(rows)
        self.nothing.say(self.query.narrowed)
        self._stack.setCurrentWidget(self.table if found else self.nothing)
        count = "1 neuron" if found == 1 else f"{found:,} neurons"
        name = self.query.only_name or queue_words(self.query.queue)
        self._found.setText(f"{name}: {count}" if name else count)

    def _show_problems(self) -> None:
        rows = self.model.rows
        problems = rows.columns.parsed(self.query.text).problems if rows is not None else ()
        self._problems.setText("\n".join(problems))
        self._problems.setVisible(bool(problems))

    def _count_selected(self, count: int) -> None:
        self.selected_button.setText(f"{count:,} selected ▾")
        self.selected_button.setAccessibleName(f"With the {count:,} selected neurons")
        self.selected_button.setVisible(count > 1)
        self._found.setVisible(count <= 1)

    def _row_chosen(self, neuron: int) -> None:
        self._current = neuron
        self.chosen.emit(neuron)

    def _header_clicked(self, section: int) -> None:
        key = HEADER_SORTS.get(Column(section))
        if key is not None:
            self.order.ask(key)
