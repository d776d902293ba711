"""Two neurons side by side: evidence, words and scores, and the samples they share."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from studio.domain.changes import Changes
from studio.domain.errors import Cancelled, UserError
from studio.domain.evidence import ExampleKind
from studio.services.neuron_detail import NeuronDetail
from studio.ui.compare.side import CompareSide
from studio.ui.labels import label
from studio.ui.pages import Page, PageTools
from studio.ui.review.evidence_header import switches
from studio.ui.review.reading import load_detail
from studio.ui.session import Session

MARKED = "Neuron {} is marked. Go to another neuron and press {} again."
SAME = "Neuron {} is marked already. Go to another one."
#: Which examples and how regions are shown: evidence panels choose their own when they are made.
SWITCHES = ("view.heat", "view.mask", "view.outline", "view.top", "view.quantiles", "view.silent")
SIDE_KEYS = (Qt.Key.Key_Left, Qt.Key.Key_Right)


class ComparePage(Page):
    """The keys of the review act on the side in front, which is in front of the review as well."""

    scope = "review"

    def __init__(self, tools: PageTools, parent: QWidget | None = None) -> None:
        super().__init__(tools, parent)
        self._review: Any = tools.review()
        self.marked: int | None = None
        self.front = 0
        self._round = 0
        actions = tools.actions
        on = [name for name in SWITCHES if actions.action(name).isChecked()]
        pictures = self._review.pictures
        self.sides = [CompareSide(name, pictures, actions, tools.themes) for name in ("left", "right")]
        for name in on:
            actions.action(name).setChecked(True)
        self.shared = label("", "muted")
        self._assemble()
        self._connect()
        self._show_front()

    def take(self, neuron: int) -> str:
        """Mark a neuron, or show it beside the marked one: a sentence while one is missing, "" then."""
        if self.marked is None or self.marked == neuron:
            words = MARKED if self.marked is None else SAME
            self.marked = neuron
            return words.format(neuron, self.tools.actions.key_label("neurons.compare"))
        self.compare(self.marked, neuron)
        self.marked = None
        return ""

    def compare(self, left: int, right: int) -> None:
        """Show two neurons; the right one is in front."""
        self._put(0, left)
        self._put(1, right)
        self.set_front(1)

    def swap(self) -> None:
        """Each on the other side; the neuron in front stays in front."""
        numbers = [side.neuron for side in self.sides]
        for place, neuron in enumerate(reversed(numbers)):
            if neuron is None:
                self.sides[place].clear()
            else:
                self._put(place, neuron)
        self.set_front(1 - self.front)

    def set_front(self, front: int) -> None:
        """The keys act on this side from now on."""
        self.front = front
        self._show_front()
        neuron = self.sides[front].neuron
        if neuron is not None and self.isVisible():
            self._review.controller.show(neuron)

    def open_project(self, session: Session) -> None:
        other = self.session is None or self.session.path != session.path
        super().open_project(session)
        if other:
            self._forget()

    def close_project(self) -> None:
        super().close_project()
        self._forget()

    def refresh(self, changes: Changes) -> None:
        if changes.everything or changes.evidence or changes.proposals or changes.scores:
            for place, side in enumerate(self.sides):
                if side.neuron is not None:
                    self._put(place, side.neuron)

    def showEvent(self, event: object) -> None:
        current = self._review.controller.current
        if self.sides[0].neuron is None and self.sides[1].neuron is None and current is not None:
            self._put(0, current)
            self.front = 0
        self.set_front(self.front)
        self._show_words()

    def event(self, event: QEvent) -> bool:
        override = event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent)
        if override and event.key() in SIDE_KEYS and not event.modifiers():  # type: ignore[attr-defined]
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in SIDE_KEYS:
            self.set_front(int(event.key() == Qt.Key.Key_Right))
        else:
            super().keyPressEvent(event)

    def _assemble(self) -> None:
        self.swap_button = QPushButton("Swap sides")
        self.swap_button.setToolTip("The keys act on the framed side; ← and → choose it")
        self.swap_button.clicked.connect(self.swap)
        top = QHBoxLayout()
        top.setSpacing(12)
        top.addWidget(label("Compare", "title"))
        top.addWidget(self.shared)
        top.addStretch(1)
        for switch in switches(self.tools.actions):
            top.addLayout(switch)
        top.addWidget(self.swap_button)
        both = QHBoxLayout()
        both.setSpacing(8)
        for side in self.sides:
            side.evidence.setMinimumWidth(320)
            both.addWidget(side, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(8)
        column.addLayout(top)
        column.addLayout(both, 1)

    def _connect(self) -> None:
        for place, side in enumerate(self.sides):
            side.asked.connect(lambda neuron, place=place: self._asked(place, neuron))
            side.touched.connect(lambda place=place: self.set_front(place))
        control = self._review.controller
        control.loading.connect(self._stay)
        control.shown.connect(lambda detail: self._stay(detail.neuron))
        control.label_changed.connect(lambda _neuron: self._show_words())
        control.rows_replaced.connect(lambda _rows: self._show_words())
        self.tools.actions.connect("view.zoom", lambda: self.sides[self.front].evidence.step_zoom())

    def _stay(self, neuron: int) -> None:
        """A decision leads on to the next neuron of the list; here the two stay where they are."""
        mine = self.sides[self.front].neuron
        if self.isVisible() and mine is not None and neuron != mine:
            self._review.controller.show(mine)

    def _asked(self, place: int, neuron: int) -> None:
        rows = self._review.controller.rows
        if rows is None or neuron >= len(rows.columns):
            self.sides[place].tell(f"There is no neuron {neuron} in this project.")
            return
        self._put(place, neuron)
        self.set_front(place)
        self.setFocus()

    def _put(self, place: int, neuron: int) -> None:
        self.sides[place].show_loading(neuron)
        now = self._round
        self.tools.runner.db(
            f"Reading neuron {neuron}",
            load_detail,
            neuron,
            self._review.controller.annotator,
            done=lambda detail: self._loaded(now, place, detail),
            failed=lambda error: self._not_loaded(now, place, neuron, error),
        )
        self._show_words()

    def _loaded(self, asked_in: int, place: int, detail: NeuronDetail) -> None:
        if asked_in != self._round or self.sides[place].neuron != detail.neuron:
            return
        self._review.pictures.give(detail.pictures)
        self.sides[place].show_detail(detail)
        self._show_shared()

    def _not_loaded(self, asked_in: int, place: int, neuron: int, error: BaseException) -> None:
        """The sentence stands on its side; the number asks for it again."""
        if asked_in != self._round or self.sides[place].neuron != neuron:
            return
        if isinstance(error, UserError):
            self.sides[place].tell(f"{error} Press Enter in the number to try again.")
        elif not isinstance(error, Cancelled):
            self.tools.runner.failed.emit(f"Neuron {neuron} was not read", error)

    def _show_shared(self) -> None:
        """Mark the samples that are top examples of both."""
        details = [side.detail for side in self.sides]
        found = [top_samples(detail) for detail in details if detail is not None]
        both = found[0] & found[1] if len(found) == 2 else frozenset()
        for side in self.sides:
            side.evidence.grid.mark(both)
        count = "1 top example" if len(both) == 1 else f"{len(both)} top examples"
        self.shared.setText(f"{count} in common, framed" if both else "No top example in common")
        self.shared.setVisible(len(found) == 2)

    def _show_words(self) -> None:
        rows = self._review.controller.rows
        if rows is not None:
            for side in self.sides:
                side.show_words(rows.columns)

    def _show_front(self) -> None:
        for place, side in enumerate(self.sides):
            side.set_front(place == self.front)

    def _forget(self) -> None:
        self._round += 1
        self.marked, self.front = None, 0
        for side in self.sides:
            side.clear()
        self._show_front()
        self.shared.hide()


def top_samples(detail: NeuronDetail) -> frozenset[str]:
    """The samples kept as top examples of either side."""
    return frozenset(e.sample_id for e in detail.evidence.examples if e.kind is ExampleKind.TOP)
