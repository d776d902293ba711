"""The adjudication page: neurons whose labels differ, one after another, decided with one key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from studio.domain.annotation import Decision
from studio.domain.changes import Changes
from studio.domain.disagreement import RATING_GAP
from studio.domain.modality import Modality
from studio.services.adjudicate import adjudicate, pick
from studio.services.adjudication import Case, Differing, adjudication_case, differing_neurons
from studio.services.undo import undo, undo_title
from studio.ui.bound import Bound
from studio.ui.labels import label
from studio.ui.loaded_page import LoadedPage
from studio.ui.pages import PageTools
from studio.ui.together.adjudication_actions import PICKS, SCOPE
from studio.ui.together.adjudication_list import AdjudicationList
from studio.ui.together.case_view import CaseView

EMPTY = "No two annotators differ. Neurons whose labels differ appear here once copies are merged."
WIDTHS = (280, 1000)


class AdjudicationPage(LoadedPage):
    """The queue is read when the page comes into sight; each decision is one save, and leads to the next."""

    what, EMPTY, OFFER = "The labels that differ", EMPTY, "Merge copies…"
    scope = SCOPE

    def __init__(self, tools: PageTools, parent: QWidget | None = None) -> None:
        super().__init__(tools, parent)
        self._runner = tools.runner
        self._saving = False
        self._wanted: int | None = None
        self.merge_button = self.nothing.button
        Bound(self.merge_button, "file.merge", tools.actions)
        self.problem = label("", "bad", wrap=True)
        self.problem.setMargin(8)
        self.problem.hide()
        self.list = AdjudicationList(tools.actions)
        self.list.chosen.connect(self._fetch)
        self.list.near.toggled.connect(lambda _on: self.load())
        self.list.undo_button.clicked.connect(self._undo)
        # The pictures of the review: what was decoded there is not decoded again.
        self.case = CaseView(tools.review().pictures, tools.actions, tools.themes)
        self.case.picked.connect(self._pick)
        self.case.own.decided.connect(self._decide)
        self._build()
        self._connect()

    def _build(self) -> None:
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.problem)
        column.addWidget(self.case, 1)
        self._split = QSplitter(Qt.Orientation.Horizontal)
        self._split.addWidget(self.list)
        self._split.addWidget(right)
        self._split.setChildrenCollapsible(False)
        self._split.setStretchFactor(1, 1)
        self._split.setSizes(WIDTHS)
        self.show_over(self._split)

    def _connect(self) -> None:
        """The keys of the page. One held down must not decide on neurons that nobody has looked at."""
        verbs: dict[str, Callable[[], object]] = {
            "own": self.case.own.concept.setFocus,
            "reject": self.case.own.reject_now,
            "next": lambda: self.list.step(1),
            "previous": lambda: self.list.step(-1),
            "next_open": lambda: self.list.select(self.list.next_open(self.neuron())),
            "review": self._review,
        }
        for place in range(PICKS):
            verbs[f"pick_{place + 1}"] = lambda place=place: self._pick(place)
        for name, verb in verbs.items():
            self.tools.actions.connect(f"adjudicate.{name}", verb)
            self.tools.actions.action(f"adjudicate.{name}").setAutoRepeat(name in ("next", "previous"))

    # Reading

    def ask(self) -> None:
        assert self.session is not None
        gap = 1 if self.list.near.isChecked() else RATING_GAP
        wanted = self.neuron() if self._wanted is None else self._wanted
        given = _read, self.session.annotator, gap, wanted
        self.read("Reading labels", *given, done=self._queue_read, hidden=False)

    def clear(self) -> None:
        self._saving, self._wanted = False, None
        self.list.set_queue([])
        self.case.case = None

    def concerns(self, changes: Changes) -> bool:
        return not self._saving and bool(changes.annotations or changes.everything or changes.rules)

    def neuron(self) -> int | None:
        """The neuron in front."""
        return None if self.case.case is None else self.case.case.neuron

    def _queue_read(self, found: tuple[list[Differing], str | None, int | None]) -> None:
        queue, undoable, wanted = found
        self._saving, self._wanted = False, None
        self.list.set_queue(queue)
        self.list.tell_undo(undoable)
        if not queue:
            self.show_nothing()
            return
        self.show_body()
        self.list.select(wanted)

    def _fetch(self, neuron: int) -> None:
        if self.session is not None:
            given = adjudication_case, neuron, self.session.annotator
            self.read("Reading a neuron", *given, done=self._show, hidden=False)

    def _show(self, case: Case) -> None:
        if self.list.current() == case.neuron:
            self.case.show_case(case)

    # Deciding

    def _review(self) -> None:
        neuron = self.neuron()
        if neuron is not None:
            self.tools.show_neuron(neuron)

    def _pick(self, place: int) -> None:
        case = self.case.case
        if case is not None and 0 <= place < len(case.said):
            self._save(pick, case.said[place].label)

    def _decide(
        self, decision: Decision, concept: str | None, modality: Modality | None, rating: int | None
    ) -> None:
        if self.case.case is not None:
            self._save(adjudicate, self.case.case.neuron, decision, concept, modality, rating)

    def _save(self, verb: Callable[..., Changes], *arguments: Any) -> None:
        """One at a time, and only on the neuron that is selected: the next one is not seen yet."""
        if self._saving or self.session is None or self.neuron() != self.list.current():
            return
        self._saving = True
        self.setFocus()
        asked = verb, self.session.annotator, *arguments
        self._runner.db("Adjudicating", _write, *asked, done=self._saved, failed=self._not_saved)

    def _saved(self, found: tuple[Changes, str | None]) -> None:
        """Mark the row and go on; the whole queue is read again only when something else has changed."""
        changes, undoable = found
        self._saving = False
        self.problem.hide()
        self.list.mark(changes.annotations)
        self.list.tell_undo(undoable)
        before, after = self.neuron(), self.list.next_open(self.neuron())
        if before is not None and after == before:
            self._fetch(before)  # all are decided: show what was said last
        else:
            self.list.select(after)

    def _not_saved(self, error: BaseException) -> None:
        """It stays on the screen until it is saved."""
        self._saving = False
        self.problem.setText(f"Not saved: {error}")
        self.problem.show()

    def _undo(self) -> None:
        if not self._saving and self.session is not None:
            self._saving = True
            name = self.session.annotator
            self._runner.db("Undo", _take_back, name, done=self._undone, failed=self._not_saved)

    def _undone(self, found: tuple[Changes, int | None]) -> None:
        self._wanted = found[1]
        self.load()


def _read(
    project: Any, annotator: str, gap: int, wanted: int | None
) -> tuple[list[Differing], str | None, int | None]:
    return differing_neurons(project, annotator, gap), undo_title(project, annotator), wanted


def _write(
    project: Any, verb: Callable[..., Changes], annotator: str, *arguments: Any
) -> tuple[Changes, str | None]:
    return verb(project, annotator, *arguments), undo_title(project, annotator)


def _take_back(project: Any, annotator: str) -> tuple[Changes, int | None]:
    changes = undo(project, annotator) or Changes()
    return changes, min(changes.annotations, default=None)
