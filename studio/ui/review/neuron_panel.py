"""The left column: filters, order, and the list of neurons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt, Signal
from PySide6.QtGui import QActionGroup, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QMenu,
    QPushButton,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio.services.queues import Queue
from studio.ui.actions import ActionRegistry
from studio.ui.labels import label
from studio.ui.review.flow import FlowLayout
from studio.ui.review.list_table import ListTable
from studio.ui.review.neuron_delegate import ROW_HEIGHT, NeuronDelegate
from studio.ui.review.neuron_model import Column, NeuronModel
from studio.ui.review.neuron_query import Query, Rows, Shown, SortKey
from studio.ui.review.neuron_rows import NeuronRows
from studio.ui.review.queue_words import queue_words
from studio.ui.theme import Theme, ThemeKeeper

CHIP_NAMES = {Shown.ALL: "All", Shown.DISAGREE: "Lines disagree"}
SORTS = (
    (SortKey.REVIEW, "Review order", False),
    (SortKey.NEURON, "Neuron", False),
    (SortKey.CONCEPT, "Concept", False),
    (SortKey.SCORE, "Score", True),
    (SortKey.MEAN, "Mean activation", True),
    (SortKey.SHARE, "Image share", True),
    (SortKey.FIRING, "Firing samples", True),
    (SortKey.UNCERTAINTY, "Least certain class", False),
    (SortKey.MINE, "My own random order", False),
)
HEADER_SORTS = {Column.NEURON: SortKey.NEURON, Column.CONCEPT: SortKey.CONCEPT, Column.VALUE: SortKey.SCORE}
#: Pixels below which the column of numbers is left out.
NARROW = 280
WIDTHS = {Column.NEURON: 62, Column.CLASS: 38, Column.VALUE: 54, Column.STATUS: 40}


class NeuronPanel(QFrame):
    """`chosen` carries a neuron that was clicked or walked to; `asked` a Query that now holds; `words_asked`
    (field, text) pairs that the search index has to be asked for; `selection_changed` how many are selected.
    """

    chosen = Signal(int)
    asked = Signal(object)
    words_asked = Signal(object)
    selection_changed = Signal(int)

    def __init__(self, actions: ActionRegistry, themes: ThemeKeeper, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self._actions = actions
        self.query = Query()
        self._current: int | None = None
        self._selecting, self._selected_rows = False, 0
        self.model = NeuronModel(self)
        self.table = ListTable(themes)
        self._delegate = NeuronDelegate(themes.theme, self)
        self._chips: dict[Shown, QPushButton] = {}
        self._set_up_table()
        self._assemble()
        chooser = self.table.selectionModel()
        chooser.currentRowChanged.connect(self._row_chosen)
        chooser.selectionChanged.connect(lambda _on, _off: self._count_selected())
        self.model.modelReset.connect(self._count_selected)
        themes.changed.connect(self._theme_changed)

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
        index = self.model.index_of(neuron)
        chooser = self.table.selectionModel()
        self._selecting = True
        if index.isValid() and index.row() == chooser.currentIndex().row() and chooser.hasSelection():
            pass  # a selection that was made by hand stays
        elif index.isValid():
            flags = QItemSelectionModel.SelectionFlag
            chooser.setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
            self.table.scrollTo(index)
        else:
            chooser.clear()
        self._selecting = False

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
        if self.model.rows is None:
            return []
        ranges = sorted(self.table.selectionModel().selection(), key=lambda part: part.top())
        return [int(n) for part in ranges for n in self.model.rows.rows[part.top() : part.bottom() + 1]]

    def select_all(self) -> None:
        """Select every row of the list; the neuron in front stays."""
        self.table.selectAll()

    def search(self, text: str) -> None:
        """Show the neurons that `text` asks for (`studio.domain.search`); the neuron in front stays."""
        self.ask(replace(self.query, text=text))

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

    def ask(self, query: Query) -> None:
        """Show what `query` asks for, with the neuron in front still marked."""
        if query == self.query:
            return
        self.query = query
        self._chips[query.shown].setChecked(True)
        self._actions.action(f"neurons.{query.shown.value}").setChecked(True)
        self._show_order()
        self._show_problems()
        self._ask_again()
        self.asked.emit(query)
        self._ask_index()

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
            self.select(self._current)

    def show_only(self, neurons: Iterable[int], name: str) -> None:
        """List these neurons and no others, with every other filter taken off."""
        order = self.query.sort, self.query.descending
        self.ask(Query(sort=order[0], descending=order[1], only=frozenset(neurons), only_name=name))

    def show_sample(self, size: int, seed: int) -> None:
        """List a random sample of all neurons."""
        order = self.query.sort, self.query.descending
        self.ask(Query(queue=Queue.SAMPLE, size=size, seed=seed, sort=order[0], descending=order[1]))

    def clear_filters(self) -> None:
        """Show every neuron again, in the same order."""
        self.ask(Query(sort=self.query.sort, descending=self.query.descending))

    def refresh_counts(self) -> None:
        """Write the number of neurons on each chip."""
        rows = self.model.rows
        counts = rows.columns.counts() if rows is not None else dict.fromkeys(Shown, 0)
        for shown, chip in self._chips.items():
            chip.setText(f"{chip_name(shown)} {counts[shown]:,}")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is little room the words come first, and the numbers go."""
        super().resizeEvent(event)
        self.table.setColumnHidden(Column.VALUE, self.width() < NARROW)

    def _set_up_table(self) -> None:
        table = self.table
        table.setModel(self.model)
        table.setItemDelegate(self._delegate)
        table.setAccessibleName("Neurons")
        table.setShowGrid(False)
        table.setMouseTracking(True)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        table.setTabKeyNavigation(False)
        table.setWordWrap(False)
        table.setCornerButtonEnabled(False)
        down = table.verticalHeader()
        down.hide()
        down.setMinimumSectionSize(ROW_HEIGHT)
        down.setDefaultSectionSize(ROW_HEIGHT)
        down.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        across = table.horizontalHeader()
        across.setHighlightSections(False)
        across.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        across.setMinimumSectionSize(28)
        across.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        across.setSectionResizeMode(Column.CONCEPT, QHeaderView.ResizeMode.Stretch)
        across.setSectionsClickable(True)
        across.sectionClicked.connect(self._header_clicked)
        # One of its own, in which nothing is selected: with the table's it is painted anew at every step.
        across.setSelectionModel(QItemSelectionModel(self.model, across))
        for column, width in WIDTHS.items():
            table.setColumnWidth(column, width)

    def _assemble(self) -> None:
        top = QWidget()
        inside = QVBoxLayout(top)
        inside.setContentsMargins(12, 12, 12, 4)
        inside.setSpacing(8)
        inside.addWidget(self._chip_box())
        inside.addWidget(self._problem_line())
        inside.addLayout(self._order_row())
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(self._nothing())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(top)
        column.addWidget(self._stack, 1)

    def _chip_box(self) -> QWidget:
        box = QWidget()
        flow = FlowLayout(box, 6)
        for shown in Shown:
            chip = QPushButton(chip_name(shown))
            chip.setProperty("role", "pill")
            chip.setCheckable(True)
            chip.setAutoExclusive(True)
            action = self._actions.action(f"neurons.{shown.value}")
            chip.setAccessibleName(f"Show {chip_name(shown).lower()} neurons")
            chip.clicked.connect(action.trigger)
            self._actions.connect(
                f"neurons.{shown.value}",
                lambda _on, shown=shown: self.ask(replace(self.query, shown=shown)),
            )
            flow.addWidget(chip)
            self._chips[shown] = chip
        self._chips[Shown.ALL].setChecked(True)
        self._actions.action("neurons.all").setChecked(True)
        return box

    def _problem_line(self) -> QWidget:
        self._problems = label("", "warning", wrap=True)
        self._problems.setAccessibleName("What the search did not understand")
        self._problems.hide()
        return self._problems

    def _order_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self._found = label("", "muted")
        row.addWidget(self._found)
        row.addStretch(1)
        self._sort = QToolButton()
        self._sort.setProperty("role", "link")
        self._sort.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._sort.setMenu(self._sort_menu())
        row.addWidget(self._sort)
        self.selected_button = QToolButton()
        self.selected_button.setProperty("role", "link")
        self.selected_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.selected_button.hide()
        row.insertWidget(1, self.selected_button)
        self._show_order()
        return row

    def _sort_menu(self) -> QMenu:
        menu = QMenu(self)
        self._sort_group = QActionGroup(menu)
        for key, name, descending in SORTS:
            entry = menu.addAction(name)
            entry.setCheckable(True)
            entry.setData(key)
            self._sort_group.addAction(entry)
            entry.triggered.connect(
                lambda _on, key=key, down=descending: self.ask(replace(self.query, sort=key, descending=down))
            )
        menu.addSeparator()
        self._reverse = menu.addAction("Reversed")
        self._reverse.triggered.connect(
            lambda: self.ask(replace(self.query, descending=not self.query.descending))
        )
        return menu

    def _nothing(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(16, 32, 16, 16)
        self._why = label("No neuron matches.", "muted", wrap=True)
        self._why.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._clear = QPushButton("Clear filters")
        self._clear.clicked.connect(self.clear_filters)
        column.addWidget(self._why)
        column.addSpacing(8)
        column.addWidget(self._clear, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        return page

    def _show_found(self) -> None:
        rows = self.model.rows
        found = 0 if rows is None else len(rows)
        self._stack.setCurrentIndex(0 if found else 1)
        count = "1 neuron" if found == 1 else f"{found:,} neurons"
        name = self.query.only_name or queue_words(self.query.queue)
        self._found.setText(f"{name}: {count}" if name else count)
        narrowed = self.query.narrowed
        self._clear.setVisible(narrowed)
        self._why.setText("No neuron matches." if narrowed else "There are no neurons yet.")

    def _show_problems(self) -> None:
        rows = self.model.rows
        problems = rows.columns.parsed(self.query.text).problems if rows is not None else ()
        self._problems.setText("\n".join(problems))
        self._problems.setVisible(bool(problems))

    def _count_selected(self) -> None:
        count = sum(part.height() for part in self.table.selectionModel().selection())
        if count == self._selected_rows:
            return
        self._selected_rows = count
        self.selected_button.setText(f"{count:,} selected ▾")
        self.selected_button.setAccessibleName(f"With the {count:,} selected neurons")
        self.selected_button.setVisible(count > 1)
        self._found.setVisible(count <= 1)
        self.selection_changed.emit(count)

    def _show_order(self) -> None:
        name = next(text for key, text, _ in SORTS if key is self.query.sort)
        usual = next(down for key, _, down in SORTS if key is self.query.sort)
        self._sort.setText(f"{name} {'▴' if self.query.descending != usual else '▾'}")
        self._sort.setAccessibleName(f"Order: {name}")
        self._sort.setToolTip("Order of the list")
        for entry in self._sort_group.actions():
            entry.setChecked(entry.data() == self.query.sort)

    def _row_chosen(self, index: QModelIndex, _before: QModelIndex) -> None:
        neuron = self.model.neuron_at(index)
        if neuron is not None and not self._selecting:
            self._current = neuron
            self.chosen.emit(neuron)

    def _header_clicked(self, section: int) -> None:
        key = HEADER_SORTS.get(Column(section))
        if key is None:
            return
        usual = next(down for k, _, down in SORTS if k is key)
        again = self.query.sort is key
        down = not self.query.descending if again else usual
        self.ask(replace(self.query, sort=key, descending=down))

    def _theme_changed(self, theme: Theme) -> None:
        self._delegate.set_theme(theme)
        self.table.viewport().update()


def chip_name(shown: Shown) -> str:
    """The word on a filter chip."""
    return CHIP_NAMES.get(shown, shown.value.capitalize())
