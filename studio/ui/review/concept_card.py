"""The proposed concept: take it, change it, turn it down, or take a runner-up."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from studio.domain.annotation import Decision
from studio.domain.concept import ProposalState
from studio.domain.modality import TokenKind
from studio.services.neuron_detail import NeuronDetail
from studio.ui.actions import ActionRegistry
from studio.ui.labels import breakable, label, set_role
from studio.ui.review.concept_edit import ConceptEdit
from studio.ui.review.facts import acceptable, primary_concept, side_proposal
from studio.ui.review.key_button import KeyButton
from studio.ui.review.other_concepts import VERBS, OtherConcepts
from studio.ui.review.plain import plain_tip
from studio.ui.theme import ThemeKeeper

COVERED = "What do its examples share?"
#: What came back instead of a concept.
STATES = {
    ProposalState.LONG: "the explainer's answer is too long",
    ProposalState.UNPARSABLE: "the explainer's answer could not be read",
    ProposalState.FOREIGN: "the explainer answered in another script",
    ProposalState.REFUSED: "the explainer declined to answer",
    ProposalState.UNANSWERED: "the explainer gave no answer",
}
DECIDED = {
    Decision.ACCEPTED: "You accepted it.",
    Decision.EDITED: "Your words: {concept}",
    Decision.REJECTED: "You rejected it.",
}


class ConceptCard(QFrame):
    """`edited` carries the new words; `typing` whether there are words that are not committed."""

    edited = Signal(str)
    typing = Signal(bool)

    def __init__(self, actions: ActionRegistry, themes: ThemeKeeper, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self._detail: NeuronDetail | None = None
        self._heading = label("Proposed concept", "heading")
        self._concept = label("", "title", wrap=True)
        self._concept.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._concept.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._concept.setMinimumWidth(1)  # one long word is cut, with a tooltip, and widens nothing
        self._sides = label("", "muted", wrap=True)
        self._mine = label("", "good", wrap=True)
        self.field = ConceptEdit()
        self.accept = KeyButton("Accept", "review.accept", actions, themes, "primary")
        self.edit = KeyButton("Edit", "review.edit", actions, themes)
        self.reject = KeyButton("Reject", "review.reject", actions, themes)
        self.others = OtherConcepts()
        self._assemble()
        self._connect()

    def show_detail(self, detail: NeuronDetail) -> None:
        """Show the proposals for a neuron; words typed for another one are gone."""
        other = self._detail is None or self._detail.neuron != detail.neuron
        self._detail = detail
        if other:
            self.stop_editing()
        covered = self.covered
        concept = (detail.label.concept or "") if covered else primary_concept(detail)
        none = COVERED if covered else "No concept" if acceptable(detail) else "Not proposed yet"
        self._concept.setText(concept or none)
        self._concept.setToolTip(plain_tip(concept) if concept else "")
        set_role(self._concept, "title" if concept else "muted")
        self._heading.setText("Concept in your words" if covered else "Proposed concept")
        self._sides.setText("" if covered else breakable(sides_text(detail)))
        self._sides.setVisible(bool(self._sides.text()))
        self._show_mine(detail)
        self.others.show_detail(detail)
        self.accept.setText(self._accepts())
        self.accept.setEnabled(self.acceptable or covered)
        self.edit.setVisible(not covered)

    def start_editing(self) -> None:
        """Show the field with the words there are."""
        if self._detail is None:
            return
        words = self._detail.label.concept or primary_concept(self._detail) or ""
        self.field.setText(words)
        self._swap(editing=True)
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def stop_editing(self) -> None:
        """Put the field away; its words are gone."""
        if not self.field.isHidden():
            self._swap(editing=False)
            self.typing.emit(False)

    @property
    def covered(self) -> bool:
        """Whether blind review hides the proposal."""
        cover = None if self._detail is None else self._detail.cover
        return cover is not None and cover.down

    @property
    def editing(self) -> bool:
        return not self.field.isHidden()

    def _assemble(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 10)
        column.setSpacing(4)
        column.addWidget(self._heading)
        for part in (self._concept, self.field, self._sides, self._mine, self.others):
            column.addWidget(part)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.accept, 3)
        row.addWidget(self.edit, 2)
        row.addWidget(self.reject, 2)
        column.addSpacing(2)
        column.addLayout(row)
        self.field.hide()

    def _connect(self) -> None:
        self.field.returnPressed.connect(self.commit)
        self.field.left.connect(self.stop_editing)
        self.others.taken.connect(self.edited)
        self.field.textEdited.connect(lambda _text: self.typing.emit(True))

    @property
    def acceptable(self) -> bool:
        """Whether Enter accepts; without an answer to accept it asks for the reviewer's own words."""
        return self._detail is not None and acceptable(self._detail)

    def commit(self) -> None:
        """Hand the words in the field over; nothing happens without words."""
        words = self.field.text().strip()
        if words:
            self._swap(editing=False)
            self.typing.emit(False)
            self.edited.emit(words)

    def _swap(self, editing: bool) -> None:
        had_focus = self.field.hasFocus()
        self.field.setVisible(editing)
        self.accept.setText("Save" if editing else self._accepts())
        self.accept.setEnabled(editing or self.acceptable or self.covered)
        self._concept.setVisible(not editing)
        if had_focus and not editing:
            self.edit.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self.edit.clearFocus()

    def _accepts(self) -> str:
        return "Write it" if self.covered else "Accept"

    def _show_mine(self, detail: NeuronDetail) -> None:
        said = detail.label
        text = "" if said.decision is None else DECIDED[said.decision].format(concept=said.concept)
        if said.skipped:
            text = "You skipped it."
        self._mine.setText(breakable(text))
        self._mine.setVisible(bool(text))
        set_role(
            self._mine, "muted" if said.skipped else "bad" if text == DECIDED[Decision.REJECTED] else "good"
        )


def sides_text(detail: NeuronDetail) -> str:
    """What each side's proposal says, where it adds to the title."""
    parts = []
    for side in TokenKind:
        proposal = side_proposal(detail.proposals, side)
        if proposal is None:
            continue
        words = proposal.concept or STATES.get(proposal.state, "nothing to name")
        parts.append(f"{VERBS[side]}: {words}")
    return " · ".join(parts) if parts else "Nobody has proposed a concept yet. Edit to write one."
