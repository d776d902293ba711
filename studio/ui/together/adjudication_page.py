"""The adjudication page: neurons whose labels differ, one after another, decided with one key."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QPushButton,
    QSplitter,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from studio.domain.annotation import Decision
from studio.domain.changes import Changes
from studio.domain.disagreement import RATING_GAP
from studio.domain.errors import UserError
from studio.domain.modality import Modality
from studio.services.adjudicate import adjudicate, pick
from studio.services.adjudication import Case, Differing, adjudication_case, differing_neurons
from studio.services.undo import undo, undo_title
from studio.ui.labels import label, number_label
from studio.ui.pages import Page, PageTools
from studio.ui.progress_line import progress_line, set_share
from studio.ui.session import Session
from studio.ui.together.case_view import CaseView
from studio.ui.together.rows_model import RowsModel, RowsTable, TableRow

EMPTY = "No two annotators differ. Neurons whose labels differ appear here once copies are merged."
KEYS = "1–9 pick, E own words, X reject, J and K next and previous, N next open, O open in review"
HEADERS = ("", "Neuron", "Differ in")


class AdjudicationPage(Page):
    """The list is read when the page comes into sight; each decision is one save, and leads to the next."""

    def __init__(self, tools: PageTools, parent: QWidget | None = None) -> None:
        super().__init__(tools, parent)
        self._runner = tools.runner
        self.queue: list[Differing] = []
        self._wanted: int | None = None
        self._saving = False
        self._make(tools)
        self._build(tools)

    def _make(self, tools: PageTools) -> None:
        self.empty = label(EMPTY, "muted", wrap=True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.merge_button = QPushButton("Merge copies…")
        self.merge_button.clicked.connect(tools.actions.action("file.merge").trigger)
        self.model = RowsModel(HEADERS, right=(1,))
        self.table = RowsTable(self.model, "Neurons whose labels differ", stretch=(2,))
        self.table.selectionModel().currentRowChanged.connect(self._row_changed)
        self.bar, self.counts = progress_line("Adjudicated", 160), number_label()
        self.near = QCheckBox("Ratings one step apart, too")
        self.near.toggled.connect(lambda _on: self._load())
        self.undo_button = QPushButton("Undo")
        self.undo_button.clicked.connect(self._undo)
        self.problem = label("", "bad", wrap=True)
        self.problem.hide()
        # The pictures of the review: what was decoded there is not decoded again.
        self.case = CaseView(tools.review().pictures, tools.themes)
        self.case.picked.connect(self._pick)
        self.case.own.decided.connect(self._decide)
        self.case.review.connect(tools.show_neuron)

    def _build(self, tools: PageTools) -> None:
        nothing = QWidget()
        column = QVBoxLayout(nothing)
        column.addStretch(1)
        column.addWidget(self.empty)
        column.addSpacing(12)
        column.addWidget(self.merge_button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        left = QWidget()
        column = QVBoxLayout(left)
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
        column.addWidget(label(KEYS, "muted", wrap=True))
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.problem)
        column.addWidget(self.case, 1)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(left)
        split.addWidget(right)
        split.setChildrenCollapsible(False)
        split.setStretchFactor(1, 1)
        split.setSizes([280, 1000])
        self._split = split
        self._stack = QStackedLayout(self)
        self._stack.addWidget(nothing)
        self._stack.addWidget(split)

    # Project

    def open_project(self, session: Session) -> None:
        super().open_project(session)
        self._forget()
        if self.isVisible():
            self._load()

    def close_project(self) -> None:
        super().close_project()
        self._forget()

    def refresh(self, changes: Changes) -> None:
        shown = changes.annotations or changes.everything or changes.rules
        if self.isVisible() and shown and not self._saving:
            self._load()

    def showEvent(self, event: object) -> None:
        self._load()

    def neuron(self) -> int | None:
        """The neuron in front."""
        return None if self.case.case is None else self.case.case.neuron

    def _forget(self) -> None:
        self.queue, self.case.case, self._wanted = [], None, None
        self.model.set_rows([])
        self._say(EMPTY)

    def _load(self) -> None:
        if self.session is not None:
            asked = self.session.annotator, 1 if self.near.isChecked() else RATING_GAP
            self._runner.db("Reading labels", _read, *asked, done=self._read, failed=self._failed)

    def _read(self, found: tuple[list[Differing], str | None]) -> None:
        self._saving = False
        self.queue, undoable = found
        mine = undoable is not None and undoable.startswith("Undo: adjudicate")
        self.undo_button.setEnabled(mine)
        self.undo_button.setText(undoable or "Undo" if mine else "Undo")
        if not self.queue:
            self._say(EMPTY)
            return
        self._stack.setCurrentWidget(self._split)
        done = sum(one.decided for one in self.queue)
        set_share(self.bar, done / len(self.queue))
        self.counts.setText(f"{done:,} / {len(self.queue):,}")
        self.model.set_rows([_row(one) for one in self.queue])
        self.table.fit((1,))
        self.table.setColumnWidth(0, 28)
        self._select(self._wanted if self._wanted is not None else self.neuron())
        self._wanted = None

    def _select(self, neuron: int | None) -> None:
        """Bring a neuron of the list to the front: this one, or else the first that is open."""
        rows = {one.neuron: row for row, one in enumerate(self.queue)}
        opened = (row for row, one in enumerate(self.queue) if not one.decided)
        row = rows[neuron] if neuron in rows else next(opened, 0)
        self.table.setCurrentIndex(self.model.index(row, 0))

    def _row_changed(self) -> None:
        """After other rows were set there is no current one, so that selecting one reads it anew."""
        row = self.table.currentIndex().row()
        if 0 <= row < len(self.queue):
            self._fetch(self.queue[row].neuron)

    def _fetch(self, neuron: int) -> None:
        if self.session is not None:
            asked = neuron, self.session.annotator
            self._runner.db(
                "Reading a neuron", adjudication_case, *asked, done=self._show, failed=self._failed
            )

    def _show(self, case: Case) -> None:
        row = self.table.currentIndex().row()
        if 0 <= row < len(self.queue) and self.queue[row].neuron == case.neuron:
            self.case.show_case(case)

    # Deciding

    def _pick(self, place: int) -> None:
        case = self.case.case
        if case is not None and 0 <= place < len(case.said):
            self._save(pick, case.said[place].label)

    def _decide(
        self, decision: Decision, concept: str | None, modality: Modality | None, rating: int | None
    ) -> None:
        if self.case.case is not None:
            self._save(adjudicate, self.case.case.neuron, decision, concept, modality, rating)

    def _save(self, verb: Any, *arguments: Any) -> None:
        """One at a time: the next neuron is not seen before this one is in the file."""
        if self._saving or self.session is None:
            return
        self._saving = True
        self._wanted = self._next_open(self.neuron())
        self.setFocus()
        name = self.session.annotator
        self._runner.db("Adjudicating", verb, name, *arguments, done=self._saved, failed=self._not_saved)

    def _saved(self, _changes: Changes) -> None:
        self.problem.hide()
        self._load()

    def _not_saved(self, error: BaseException) -> None:
        """It stays on the screen until it is saved."""
        self._saving, self._wanted = False, None
        self.problem.setText(f"Not saved: {error}")
        self.problem.show()

    def _undo(self) -> None:
        if not self._saving and self.session is not None:
            self._saving = True
            name = self.session.annotator
            self._runner.db("Undo", _undo, name, done=self._undone, failed=self._not_saved)

    def _undone(self, found: tuple[Changes, int | None]) -> None:
        self._wanted = found[1]
        self._load()

    def _next_open(self, neuron: int | None) -> int | None:
        """The next neuron that is not decided, after this one and round."""
        place = next((i for i, one in enumerate(self.queue) if one.neuron == neuron), -1)
        walk = [*self.queue[place + 1 :], *self.queue[: max(place, 0)]]
        return next((one.neuron for one in walk if not one.decided), neuron)

    def _step(self, by: int) -> None:
        row = self.table.currentIndex().row() + by
        if 0 <= row < len(self.queue):
            self.table.setCurrentIndex(self.model.index(row, 0))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Single keys; a field that has the focus takes its own before they come here."""
        key, held = event.key(), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        verbs = {
            Qt.Key.Key_J: lambda: self._step(1),
            Qt.Key.Key_K: lambda: self._step(-1),
            Qt.Key.Key_N: lambda: self._select(self._next_open(self.neuron())),
            Qt.Key.Key_E: self.case.own.concept.setFocus,
            Qt.Key.Key_X: self.case.own.reject_now,
            Qt.Key.Key_O: self.case.review_button.click,
        }
        if held or self.case.case is None:
            super().keyPressEvent(event)
        elif Qt.Key.Key_1 <= key <= Qt.Key.Key_9:
            self._pick(key - Qt.Key.Key_1)
        elif key in verbs:
            verbs[Qt.Key(key)]()
        else:
            super().keyPressEvent(event)

    def _failed(self, error: BaseException) -> None:
        self._saving = False
        self._forget()
        self._say(str(error) if isinstance(error, UserError) else EMPTY)
        if not isinstance(error, UserError):
            self._runner.failed.emit("The adjudication was not read", error)

    def _say(self, text: str) -> None:
        self.empty.setText(text)
        self.merge_button.setVisible(text == EMPTY)
        self._stack.setCurrentIndex(0)


def _read(project: Any, annotator: str, gap: int) -> tuple[list[Differing], str | None]:
    return differing_neurons(project, annotator, gap), undo_title(project, annotator)


def _undo(project: Any, annotator: str) -> tuple[Changes, int | None]:
    changes = undo(project, annotator) or Changes()
    return changes, min(changes.annotations, default=None)


def _row(one: Differing) -> TableRow:
    return TableRow(("✓" if one.decided else "", str(one.neuron), ", ".join(one.parts)), one.neuron)
