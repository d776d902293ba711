"""One neuron before the adjudicator: the labels side by side, own words, the evidence small beneath."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, TypeVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from studio.domain.annotation import Decision
from studio.domain.evidence import ExampleKind
from studio.services.adjudication import Case
from studio.ui.actions import ActionRegistry
from studio.ui.labels import label, set_role
from studio.ui.review.facts import firing_text, primary_concept, verdict_sentence
from studio.ui.review.grid_shape import GridShape
from studio.ui.review.image_grid import ImageGrid
from studio.ui.review.key_button import KeyButton
from studio.ui.review.picture_store import PictureStore
from studio.ui.review.shots import image_shots, text_shots
from studio.ui.review.text_list import TextList
from studio.ui.theme import ThemeKeeper
from studio.ui.together.label_card import LabelCard
from studio.ui.together.own_words import OwnWords

TEXTS = 6
#: Cards taller than this scroll.
HIGHEST_CARD = 260
MARGIN = 16
#: Pixels the texts may shrink to before they would lie over the pictures.
LEAST_TEXTS = 16
#: In a view lower than LOW, pixels, the pictures are the small ones of a row this wide.
LOW, SMALL_ROW = 640, 548
_Value = TypeVar("_Value")


class CaseView(QWidget):
    """`picked` carries the place of a label that has no key."""

    picked = Signal(int)

    def __init__(
        self,
        store: PictureStore,
        actions: ActionRegistry,
        themes: ThemeKeeper,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._store, self._actions, self._themes = store, actions, themes
        self.case: Case | None = None
        self.cards: list[LabelCard] = []
        self._title, self._state = label("", "title"), label("", "good", wrap=True)
        self._differ, self._facts = label("", "muted", wrap=True), label("", "muted", wrap=True)
        self.review_button = KeyButton("Open in review", "adjudicate.review", actions, themes)
        self.own = OwnWords(actions, themes)
        self.grid, self.texts = ImageGrid(store, themes), TextList(themes)
        self.texts.setMinimumHeight(LEAST_TEXTS)
        self._none = label("This neuron has no examples with a picture.", "muted")
        self._build()

    def show_case(self, case: Case) -> None:
        """Show a neuron. Words that are being typed for it stay."""
        again = self.case is not None and self.case.neuron == case.neuron
        self.case = case
        self._title.setText(f"Neuron {case.neuron}")
        self._differ.setText(f"They differ in {', '.join(case.parts)}." if case.parts else "They agree.")
        self._facts.setText(_facts(case))
        self._say_final()
        self._show_cards()
        labels = [said.label for said in case.said]
        modality, rating = (_most(values) for values in zip(*((x.modality, x.rating) for x in labels)))
        if not (again and self.own.typing):
            self.own.show_final(case.final, modality, rating)
        self._store.give(case.detail.pictures)
        self._show_pictures()
        self.texts.show_shots(text_shots(case.detail, ExampleKind.TOP)[:TEXTS])

    def _build(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(self._title)
        head.addWidget(self._differ, 1)
        head.addWidget(self.review_button)
        self._cards = QWidget()
        self._row = QHBoxLayout(self._cards)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(12)
        self._scroll = QScrollArea()
        self._scroll.setWidget(self._cards)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        evidence = QFrame()
        below = QVBoxLayout(evidence)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(8)
        below.addWidget(self._facts)
        below.addWidget(self.grid)
        below.addWidget(self._none)
        below.addWidget(self.texts, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self._state)
        column.addWidget(self._scroll)
        column.addWidget(self.own)
        column.addWidget(evidence, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.case is not None:
            self._show_pictures()
            self._fit_cards()

    def _show_pictures(self) -> None:
        """One row, as many as fit."""
        assert self.case is not None
        width = max(self.width() - 2 * MARGIN, 64)
        width = min(width, SMALL_ROW) if self.height() < LOW else width
        self.grid.setMaximumWidth(width)
        shots = image_shots(self.case.detail, ExampleKind.TOP)[: GridShape(width).columns]
        self.grid.show_shots(shots)
        self.grid.setFixedHeight(GridShape(width).height(1))
        self.grid.setVisible(bool(shots))
        self._none.setVisible(not shots)

    def _fit_cards(self) -> None:
        """As high as the highest card, with room for the bar where they do not fit beside each other."""
        needed = max((card.sizeHint().height() for card in self.cards), default=0)
        wide = sum(card.minimumWidth() + self._row.spacing() for card in self.cards) > self.width()
        bar = self._scroll.horizontalScrollBar().sizeHint().height() if wide else 0
        self._scroll.setFixedHeight(min(needed, HIGHEST_CARD) + bar + 2)

    def _show_cards(self) -> None:
        assert self.case is not None
        while self._row.count():
            widget = self._row.takeAt(0).widget()
            if widget is not None:
                widget.deleteLater()
        final = self.case.final
        self.cards = [
            LabelCard(
                place,
                said,
                self.case.parts,
                final is not None and final.picked == said.label.annotator,
                self._actions,
                self._themes,
            )
            for place, said in enumerate(self.case.said)
        ]
        for card in self.cards:
            card.picked.connect(self.picked)
            self._row.addWidget(card, 1)
        self._fit_cards()

    def _say_final(self) -> None:
        assert self.case is not None
        final = self.case.final
        self._state.setVisible(final is not None)
        if final is None:
            return
        words = "rejected" if final.decision is Decision.REJECTED else f"“{final.concept or 'no concept'}”"
        whose = f", the label of {final.picked}" if final.picked else ", in their own words"
        self._state.setText(f"Decided by {final.by}: {words}{whose}.")
        set_role(self._state, "good")


def _facts(case: Case) -> str:
    """What the program says: its proposal, its class, how the neuron fires."""
    concept, verdict = primary_concept(case.detail), case.detail.verdict
    said = [f"Proposed: {concept}." if concept else "Nothing was proposed."]
    said += [verdict_sentence(verdict)] if verdict is not None else []
    firing = firing_text(case.detail, None)
    return " ".join([*said, firing[:1].upper() + firing[1:]])


def _most(values: Iterable[_Value | None]) -> Any:
    """The value that most gave, None where nobody gave one; of equals the first."""
    counts = Counter(value for value in values if value is not None)
    return counts.most_common(1)[0][0] if counts else None
