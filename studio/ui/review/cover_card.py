"""What stands where the proposal's numbers were, while blind review hides them."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from studio.services.neuron_detail import Cover
from studio.ui.actions import ActionRegistry
from studio.ui.labels import label
from studio.ui.review.key_button import KeyButton
from studio.ui.theme import ThemeKeeper

WORDS = {
    "proposal": "the proposed concept and its scores",
    "class": "the automatic class",
    "peers": "what others said",
}


class CoverCard(QFrame):
    """Says what is hidden, why, and what to say before it can be revealed."""

    def __init__(self, actions: ActionRegistry, themes: ThemeKeeper, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self._hidden = label("", "muted", wrap=True)
        self._unsaid = label("", wrap=True)
        self.reveal = KeyButton("Reveal", "review.reveal", actions, themes)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 10)
        column.setSpacing(6)
        column.addWidget(label("Hidden: blind review", "heading"))
        for part in (self._hidden, self._unsaid, self.reveal):
            column.addWidget(part)
        self.hide()

    def show_cover(self, cover: Cover | None) -> None:
        """Show what is hidden now; nothing where nothing is."""
        self.setVisible(cover is not None and cover.down)
        if cover is None or not cover.down:
            return
        self._hidden.setText(hidden_sentence(cover))
        self._unsaid.setText(unsaid_sentence(cover))
        self.reveal.setEnabled(not cover.unsaid)


def hidden_sentence(cover: Cover) -> str:
    """What is hidden, in words."""
    *most, last = [WORDS[name] for name in cover.hidden]
    words = f"{', '.join(most)} and {last}" if most else last
    return f"{words[0].upper()}{words[1:]}."


def unsaid_sentence(cover: Cover) -> str:
    """What must be said first, or what a reveal does."""
    if cover.unsaid:
        return f"First say {', '.join(cover.unsaid)}."
    return "You have said what is asked. A reveal is recorded."
