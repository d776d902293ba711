"""The adjudicator's own label, where no annotator's fits."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLineEdit, QPushButton, QWidget

from studio.domain.annotation import Decision
from studio.domain.modality import Modality
from studio.domain.shared import Final
from studio.services.label_values import LONGEST
from studio.ui.actions import ActionRegistry
from studio.ui.review.key_button import KeyButton, show_key
from studio.ui.theme import ThemeKeeper
from studio.ui.together.form import CLASSES, RATINGS


class OwnWords(QFrame):
    """`decided` carries decision, concept, class and rating."""

    decided = Signal(object, object, object, object)

    def __init__(self, actions: ActionRegistry, themes: ThemeKeeper, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self.concept = QLineEdit()
        show_key(self.concept, "Another concept", "adjudicate.own", actions)
        self.concept.setAccessibleName("Your own concept")
        self.concept.setMaxLength(LONGEST["concept"])
        self.modality, self.rating = QComboBox(), QComboBox()
        self.modality.addItems([name for name, _ in CLASSES])
        self.modality.setAccessibleName("Class")
        self.rating.addItems([name for name, _ in RATINGS])
        self.rating.setAccessibleName("Rating")
        self.decide = QPushButton("Decide")
        self.reject = KeyButton("Reject the neuron", "adjudicate.reject", actions, themes)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 12, 8)
        row.setSpacing(8)
        for part in (self.concept, self.modality, self.rating, self.decide, self.reject):
            row.addWidget(part, 1 if part is self.concept else 0)
        self.concept.textChanged.connect(lambda text: self.decide.setEnabled(bool(text.strip())))
        self.concept.returnPressed.connect(self._decide)
        self.decide.clicked.connect(self._decide)
        self.decide.setEnabled(False)

    @property
    def typing(self) -> bool:
        """Whether somebody is in the middle of their words."""
        return self.concept.hasFocus() and self.concept.isModified()

    def show_final(self, final: Final | None, modality: Modality | None, rating: int | None) -> None:
        """Start from what was decided before; else from the class and rating that most gave."""
        own = final is not None and not final.picked and final.concept
        self.concept.setText(str(final.concept) if final is not None and own else "")
        if final is not None:
            modality, rating = final.modality, final.rating
        self.modality.setCurrentIndex([value for _, value in CLASSES].index(modality))
        self.rating.setCurrentIndex([value for _, value in RATINGS].index(rating))

    def reject_now(self) -> None:
        """The neuron has no concept."""
        self._emit(Decision.REJECTED)

    def _decide(self) -> None:
        if self.concept.text().strip():
            self._emit(Decision.EDITED)

    def _emit(self, decision: Decision) -> None:
        modality = CLASSES[self.modality.currentIndex()][1]
        rating = RATINGS[self.rating.currentIndex()][1]
        concept = None if decision is Decision.REJECTED else self.concept.text().strip()
        self.decided.emit(decision, concept, modality, rating)
