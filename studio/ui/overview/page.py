"""The overview: the review's list as cards, decided on in passing."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSlider, QStackedLayout, QVBoxLayout, QWidget

from studio.domain.changes import Changes
from studio.ui.labels import label
from studio.ui.overview.card_model import CardModel
from studio.ui.overview.card_painter import CardPainter
from studio.ui.overview.card_store import CardStore
from studio.ui.overview.card_view import LARGEST, SMALLEST, CardView
from studio.ui.pages import Page, PageTools
from studio.ui.session import Session

HINT = "Arrows move · Space opens · the review keys act on the card in front"
#: Acts that go on in fields of the review.
TYPED = ("review.edit", "review.note")


class OverviewPage(Page):
    """Shares list, decisions and pictures with the review: what is in front there is in front here."""

    scope = "review"

    def __init__(self, tools: PageTools, parent: QWidget | None = None) -> None:
        super().__init__(tools, parent)
        self._review: Any = tools.review()
        self.model = CardModel(self._review.neurons.model, self)
        self.store = CardStore(tools.runner, self)
        self.painter = CardPainter(self._review.pictures)
        self.view = CardView(self.model, self.store, self.painter, tools.themes)
        self.setFocusProxy(self.view)
        self._assemble()
        self._connect()

    def open_project(self, session: Session) -> None:
        super().open_project(session)
        self.store.forget()

    def close_project(self) -> None:
        super().close_project()
        self.store.forget()

    def refresh(self, changes: Changes) -> None:
        self.store.forget(changes)
        if self.isVisible():
            self.view.ask()

    def showEvent(self, event: object) -> None:
        self.view.how = self._review.evidence.grid.how
        self._list_changed()

    def _assemble(self) -> None:
        self.found = label("", "muted")
        self.size_slider = QSlider(Qt.Orientation.Horizontal)
        self.size_slider.setRange(SMALLEST, LARGEST)
        self.size_slider.setValue(self.view.card_width)
        self.size_slider.setPageStep(32)
        self.size_slider.setFixedWidth(140)
        self.size_slider.setAccessibleName("Card size")
        self.size_slider.setToolTip("Card size")
        self.size_slider.valueChanged.connect(self.view.set_card_width)
        line = QHBoxLayout()
        line.setSpacing(12)
        line.addWidget(label("Overview", "title"))
        line.addWidget(self.found)
        line.addStretch(1)
        line.addWidget(label(HINT, "muted"))
        line.addWidget(label("Card size"))
        line.addWidget(self.size_slider)
        line.addSpacing(8)
        holder = QWidget()
        self._stack = QStackedLayout(holder)
        self._stack.addWidget(self.view)
        self._stack.addWidget(self._nothing())
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 8, 0)
        column.setSpacing(8)
        column.addLayout(line)
        column.addWidget(holder, 1)

    def _nothing(self) -> QWidget:
        page = QWidget()
        self.why: QLabel = label("", "muted")
        self.clear = QPushButton("Clear filters")
        self.clear.clicked.connect(lambda: self._review.neurons.clear_filters())
        column = QVBoxLayout(page)
        column.addStretch(1)
        for part in (self.why, self.clear):
            column.addWidget(part, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(2)
        return page

    def _connect(self) -> None:
        control = self._review.controller
        self.view.chosen.connect(control.show)
        self.view.opened.connect(self.tools.show_neuron)
        control.loading.connect(self._in_front)
        control.shown.connect(lambda detail: self._in_front(detail.neuron))
        self._review.pictures.arrived.connect(lambda key: self.view.repaint_card(key.neuron))
        self.model.modelReset.connect(self._list_changed)
        for action_id in TYPED:
            self.tools.actions.connect(action_id, lambda action_id=action_id: self._type(action_id))
        self.tools.actions.connect("review.accept", self._accepted)

    def _list_changed(self) -> None:
        count, query = self.model.count(), self._review.neurons.query
        self._stack.setCurrentIndex(0 if count else 1)
        words = "1 neuron" if count == 1 else f"{count:,} neurons"
        self.found.setText(f"{query.only_name}: {words}" if query.only_name else words)
        self.clear.setVisible(query.narrowed)
        self.why.setText("No neuron matches." if query.narrowed else "There are no neurons yet.")
        if self.isVisible():
            self._in_front(self._review.controller.current)
            self.view.ask()

    def _in_front(self, neuron: int | None) -> None:
        if self.isVisible():
            self.view.select(neuron)

    def _type(self, action_id: str) -> None:
        """Words are typed in the review: go there, and begin."""
        neuron = self._review.controller.current
        if self.isVisible() and neuron is not None:
            self.tools.show_neuron(neuron)
            self.tools.actions.action(action_id).trigger()

    def _accepted(self) -> None:
        if self.isVisible() and self._review.decision.concept.editing:
            self._type("review.edit")  # nothing is proposed: the concept has to be typed
