"""The runners-up of the proposal, each a button that takes it instead."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QWidget

from studio.domain.modality import TokenKind
from studio.services.neuron_detail import NeuronDetail
from studio.ui.review.facts import Alternative, alternatives
from studio.ui.review.flow import FlowLayout
from studio.ui.review.plain import plain_tip

MOST, LONGEST = 4, 28
VERBS = {TokenKind.IMAGE: "seen", TokenKind.TEXT: "read"}


class OtherConcepts(QWidget):
    """`taken` carries a concept. Hidden where there are none."""

    taken = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        flow = FlowLayout(self, 4)
        self.buttons = [self._button() for _ in range(MOST)]
        for button in self.buttons:
            flow.addWidget(button)

    def show_detail(self, detail: NeuronDetail) -> None:
        """Show those of a neuron."""
        others = alternatives(detail, MOST)
        for place, button in enumerate(self.buttons):
            if button.hasFocus():
                button.hide()  # the focus must not stay where another neuron's words come
            if place < len(others):
                _show(button, others[place])
            button.setVisible(place < len(others))
        self.setVisible(bool(others))

    def _button(self) -> QPushButton:
        """Made once: a button's first look into the stylesheet takes long."""
        button = QPushButton()
        button.setAccessibleName("Another concept")
        button.setProperty("role", "pill")
        button.clicked.connect(lambda _on: self.taken.emit(button.property("concept")))
        button.hide()
        return button


def _show(button: QPushButton, other: Alternative) -> None:
    words = other.concept if len(other.concept) <= LONGEST else f"{other.concept[: LONGEST - 1]}…"
    button.setText(words.replace("&", "&&"))
    button.setProperty("concept", other.concept)
    button.setAccessibleName(f"Take “{other.concept}” instead")
    button.setToolTip(plain_tip(f"Take this instead ({VERBS[other.side]}, {other.score:.2f})"))
