"""The right column: what the reviewer says."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from studio.domain.modality import Modality
from studio.services.neuron_detail import NeuronDetail
from studio.ui.actions import ActionRegistry
from studio.ui.labels import label
from studio.ui.review.concept_card import ConceptCard
from studio.ui.review.cover_card import CoverCard
from studio.ui.review.key_button import KeyButton, show_key
from studio.ui.review.note_field import NoteField
from studio.ui.review.score_card import ScoreCard
from studio.ui.review.side.pane import SidePane
from studio.ui.review.tag_row import TagRow
from studio.ui.theme import ThemeKeeper

TIGHT_BELOW = 640
#: From this height on the sentences of the lines of evidence have room.
SENTENCES_FROM = 760
FITS, CLEAR = "How well does the concept fit?", "How interpretable is it?"
CLASS_NAMES = {
    Modality.VISUAL: "Visual",
    Modality.TEXTUAL: "Textual",
    Modality.MULTIMODAL: "Multi",
    Modality.UNCLEAR: "?",
}


class DecisionPanel(QFrame):
    """`typing` tells whether words were typed that are not committed."""

    typing = Signal(bool)

    def __init__(self, actions: ActionRegistry, themes: ThemeKeeper, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self._actions, self._themes = actions, themes
        self.concept = ConceptCard(actions, themes)
        self.scores = ScoreCard(themes)
        self.cover = CoverCard(actions, themes)
        self._rating_title = label(FITS, "heading")
        self.note = NoteField()
        self.tags = TagRow()
        show_key(self.note, "Note", "review.note", actions)
        show_key(self.tags.field, "Tag", "review.tag", actions)
        self.side = SidePane(actions)
        self.classes: dict[Modality, KeyButton] = {}
        self.ratings: dict[int, KeyButton] = {}
        self.flag = KeyButton("Flag", "review.flag", actions, themes)
        self.skip = KeyButton("Skip", "review.skip", actions, themes)
        self._typing = {"concept": False, "note": False, "side": False}
        self._assemble()
        self.concept.typing.connect(lambda on: self._typed("concept", on))
        self.note.typing.connect(lambda on: self._typed("note", on))
        self.side.typing.connect(lambda on: self._typed("side", on))

    def show_detail(self, detail: NeuronDetail) -> None:
        """Show a neuron's proposal, numbers, and what was said about it."""
        self._inside.setEnabled(True)
        said = detail.label
        self.concept.show_detail(detail)
        covered = detail.cover is not None and detail.cover.down
        self.cover.show_cover(detail.cover)
        self.scores.setVisible(not covered)
        self.scores.show_detail(detail)
        self._rating_title.setText(CLEAR if covered else FITS)
        for modality, button in self.classes.items():
            button.set_chosen(said.modality is modality)
        for rating, button in self.ratings.items():
            button.set_chosen(said.rating == rating)
        self.flag.set_chosen(said.flagged)
        self.skip.set_chosen(said.skipped)
        self.note.show_note(detail.neuron, said.note)
        self.tags.show_tags(detail.neuron, said.tags)
        self.side.show_detail(detail)

    def show_loading(self) -> None:
        """The neuron is on its way: nothing can be said about it yet."""
        self.note.commit()
        self._inside.setEnabled(False)

    def close_project(self) -> None:
        """Commit the note, as leaving it would; other words were not entered, and are gone."""
        self.note.clear_note()
        self.concept.stop_editing()
        self.tags.clear()
        self.side.clear()

    def write_note(self) -> None:
        """Put the cursor into the note."""
        self.note.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.note.moveCursor(self.note.textCursor().MoveOperation.End)

    def write_tag(self) -> None:
        """Put the cursor into the field for a tag."""
        self.tags.field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._space(tight=self.height() < TIGHT_BELOW)
        self.scores.set_tight(self.height() < SENTENCES_FROM)
        self.scores.set_low(self.height() < TIGHT_BELOW)

    def _space(self, tight: bool) -> None:
        """On a low screen the parts move together, so that nothing a decision needs scrolls."""
        self._column.setSpacing(2 if tight else 6)
        self._column.setContentsMargins(12, *((3, 12, 2) if tight else (10, 12, 8)))
        self.note.setMinimumHeight(30 if tight else 42)
        beside, below = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        self._written.setDirection(beside if tight else below)

    def _assemble(self) -> None:
        self._inside = QWidget()
        self._written = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._written.setSpacing(6)
        column = QVBoxLayout(self._inside)
        self._column = column
        self._space(tight=False)
        column.addWidget(self.concept)
        column.addWidget(self.scores)
        column.addWidget(self.cover)
        column.addWidget(label("Your class", "heading"))
        column.addLayout(self._class_row())
        column.addWidget(self._rating_title)
        column.addLayout(self._rating_row())
        self.note.setMaximumHeight(96)
        self._written.addWidget(self.note, 3)
        self._written.addWidget(self.tags.field, 2)
        column.addLayout(self._written, 1)
        column.addWidget(self.tags)
        column.addLayout(self._last_row())
        column.addStretch(2)
        scroll = QScrollArea()
        scroll.setWidget(self._inside)
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.viewport().setAutoFillBackground(False)
        self._inside.setAutoFillBackground(False)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self.split = QSplitter(Qt.Orientation.Vertical)
        self.split.setChildrenCollapsible(False)
        self.split.addWidget(scroll)
        self.split.addWidget(self.side)
        self.split.setStretchFactor(0, 1)
        outer.addWidget(self.split)

    def _class_row(self) -> QHBoxLayout:
        row = _row()
        for modality, name in CLASS_NAMES.items():
            button = KeyButton(name, f"review.{modality.value}", self._actions, self._themes)
            row.addWidget(button, 3 if len(name) > 1 else 2)
            self.classes[modality] = button
        return row

    def _rating_row(self) -> QHBoxLayout:
        row = _row()
        for rating in range(1, 6):
            button = KeyButton(str(rating), f"review.rate_{rating}", self._actions, self._themes)
            row.addWidget(button, 1)
            self.ratings[rating] = button
        return row

    def _last_row(self) -> QHBoxLayout:
        row = _row()
        row.addWidget(self.skip)
        row.addWidget(self.flag)
        row.addStretch(1)
        row.addWidget(self.side.button)
        return row

    def _typed(self, where: str, on: bool) -> None:
        self._typing[where] = on
        self.typing.emit(any(self._typing.values()))


def _row() -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(6)
    return row
