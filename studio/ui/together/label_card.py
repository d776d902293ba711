"""What one annotator said about a neuron, as a card that can be picked."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from studio.domain.annotation import Decision
from studio.services.adjudication import Said
from studio.ui.actions import ActionRegistry
from studio.ui.labels import ElidedLabel, label, set_role
from studio.ui.review.key_button import KeyButton
from studio.ui.review.plain import plain_tip
from studio.ui.theme import ThemeKeeper
from studio.ui.together.adjudication_actions import PICKS

WIDTH = 220
WORDS = {Decision.ACCEPTED: "accepted", Decision.EDITED: "own words", Decision.REJECTED: "rejected"}


class LabelCard(QFrame):
    """A part in which annotators differ stands out. `picked` carries the place of a card without a key."""

    picked = Signal(int)

    def __init__(
        self,
        place: int,
        said: Said,
        differs: tuple[str, ...],
        chosen: bool,
        actions: ActionRegistry,
        themes: ThemeKeeper,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self.setMinimumWidth(WIDTH)
        self._place, self._said = place, said
        mine = said.label
        self.button = self._button(chosen, actions, themes)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(6)
        column.addLayout(self._head())
        column.addWidget(self._concept("concept" in differs or "decision" in differs))
        column.addLayout(self._numbers("rating" in differs))
        if mine.note:
            note = label(mine.note[:2000], "muted", wrap=True)
            note.setMaximumHeight(72)
            note.setToolTip(plain_tip(mine.note))
            column.addWidget(note)
        if mine.tags:
            column.addWidget(label("Tags: " + ", ".join(mine.tags), "muted", wrap=True))
        if said.seen:
            column.addWidget(label(said.seen, "muted", wrap=True))
        column.addStretch(1)
        column.addWidget(self.button)

    def _button(self, chosen: bool, actions: ActionRegistry, themes: ThemeKeeper) -> QPushButton:
        """Of the first nine labels it is the act itself, with its key."""
        text, role = ("Picked", "primary") if chosen else ("Pick", "")
        spoken = f"Pick the label of {self._said.label.annotator}"
        if self._place < PICKS:
            return KeyButton(text, f"adjudicate.pick_{self._place + 1}", actions, themes, role, spoken)
        button = QPushButton(text)
        button.setAccessibleName(spoken)
        button.setProperty("role", role)
        button.clicked.connect(lambda: self.picked.emit(self._place))
        return button

    def _head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        name = ElidedLabel(self._said.label.annotator, "heading")
        name.setToolTip(plain_tip(self._said.label.annotator))
        row.addWidget(name, 1)
        decision = self._said.label.decision
        row.addWidget(label(WORDS[decision] if decision else "", "muted"))
        return row

    def _concept(self, differs: bool) -> QWidget:
        mine = self._said.label
        rejected = mine.decision is Decision.REJECTED
        words = "No concept" if rejected else (mine.concept or "No concept")
        made = label(words, "title", wrap=True)
        made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        made.setMinimumWidth(1)  # one long word widens nothing
        made.setToolTip(plain_tip(words))
        if differs and rejected:
            set_role(made, "bad")
        return made

    def _numbers(self, differs: bool) -> QHBoxLayout:
        row, mine = QHBoxLayout(), self._said.label
        row.setSpacing(8)
        if mine.modality is not None:
            chip = label(f"{mine.modality.letter} {mine.modality.value}")
            chip.setProperty("modality", mine.modality.value)
            row.addWidget(chip)
        else:
            row.addWidget(label("no class", "muted"))
        text = "not rated" if mine.rating is None else f"rating {mine.rating}"
        row.addWidget(label(text, "warning" if differs else "muted"))
        row.addStretch(1)
        return row
