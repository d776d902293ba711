"""What one annotator said about a neuron, as a card that can be picked."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from studio.domain.annotation import Decision
from studio.services.adjudication import Said
from studio.ui.labels import ElidedLabel, label, set_role
from studio.ui.review.plain import plain_tip

WIDTH = 220
WORDS = {Decision.ACCEPTED: "accepted", Decision.EDITED: "own words", Decision.REJECTED: "rejected"}


class LabelCard(QFrame):
    """`picked` carries the card's place. A part in which the annotators differ stands out."""

    picked = Signal(int)

    def __init__(
        self,
        place: int,
        said: Said,
        differs: tuple[str, ...],
        chosen: bool,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self.setMinimumWidth(WIDTH)
        self._place, self._said = place, said
        mine = said.label
        self.button = QPushButton("Picked" if chosen else "Pick")
        self.button.setAccessibleName(f"Pick the label of {mine.annotator}")
        self.button.setProperty("role", "primary" if chosen else "")
        self.button.clicked.connect(lambda: self.picked.emit(self._place))
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

    def _head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        if self._place < 9:
            row.addWidget(key_chip(str(self._place + 1)))
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


def key_chip(key: str) -> QLabel:
    """A key, drawn as one."""
    chip = label(key, "key")
    chip.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    return chip
