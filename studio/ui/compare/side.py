"""One side of a comparison: which neuron, what is said of it, what it does."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QIntValidator, QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from studio.services.neuron_detail import NeuronDetail
from studio.services.neurons import STATUSES
from studio.ui.actions import ActionRegistry
from studio.ui.labels import ElidedLabel, label, set_role
from studio.ui.review.evidence_panel import EvidencePanel
from studio.ui.review.neuron_columns import NeuronColumns
from studio.ui.review.neuron_model import short
from studio.ui.review.picture_store import PictureStore
from studio.ui.review.plain import plain_tip
from studio.ui.theme import ThemeKeeper

EMPTY = "Type the number of a neuron, or press {key} on one in the review."


class CompareSide(QFrame):
    """`asked` (number) was typed; `touched`: this side was clicked."""

    asked = Signal(int)
    touched = Signal()

    def __init__(
        self, name: str, pictures: PictureStore, actions: ActionRegistry, themes: ThemeKeeper,
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self.setProperty("role", "compare")
        self.neuron: int | None = None
        self.detail: NeuronDetail | None = None
        self._actions = actions
        self.evidence = EvidencePanel(pictures, actions, themes)
        self.evidence.make_compact()
        self.number = QLineEdit()
        self.number.setValidator(QIntValidator(0, 2**31 - 1, self))
        self.number.setFixedWidth(84)
        self.number.setPlaceholderText("Number")
        self.number.setAccessibleName(f"Neuron on the {name}")
        self.number.returnPressed.connect(self._typed)
        self.concept = ElidedLabel("", "title")
        self.chip: QLabel = label("")
        self.chip.setProperty("modality", "unclear")  # the room of a chip, before it says anything
        self.facts = ElidedLabel("", "muted")
        self.none: QLabel = label("", "muted", wrap=True)
        self.none.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._assemble()
        self.clear()
        actions.shortcuts_changed.connect(self._say_empty)

    def clear(self) -> None:
        """No neuron on this side."""
        self.neuron, self.detail = None, None
        self.number.clear()
        self.concept.setText("")
        self.facts.setText("")
        self.chip.hide()
        self._say_empty()
        self.none.show()
        self.evidence.hide()

    def _say_empty(self, _id: str = "") -> None:
        if self.neuron is None:
            self.none.setText(EMPTY.format(key=self._actions.key_label("neurons.compare")))

    def tell(self, sentence: str) -> None:
        """Something could not be shown."""
        self.none.setText(sentence)
        self.none.show()
        if self.detail is None:
            self.evidence.hide()

    def show_loading(self, neuron: int) -> None:
        """The neuron is on its way."""
        self.neuron, self.detail = neuron, None
        self.number.setText(str(neuron))
        self.none.hide()
        self.evidence.show()
        self.evidence.show_loading(neuron)

    def show_detail(self, detail: NeuronDetail) -> None:
        """Show its evidence."""
        self.neuron, self.detail = detail.neuron, detail
        self.evidence.show_detail(detail)

    def show_words(self, columns: NeuronColumns) -> None:
        """Concept, class, score and label, as far as the annotator may see them."""
        if self.neuron is None or self.neuron >= len(columns):
            return
        table, modality = columns.table, columns.modality(self.neuron)
        open_to = columns.uncovered(self.neuron)
        self.concept.setText(columns.concept(self.neuron) or ("No concept" if open_to else "Hidden"))
        self.concept.setToolTip(plain_tip(self.concept.text()))
        self.chip.setVisible(modality is not None)
        if modality is not None:
            set_role(self.chip, modality.value, "modality")
            self.chip.setText(f"{modality.letter} {modality.value}")
        score = short(float(table.score[self.neuron])) if open_to else ""
        status = STATUSES[table.status[self.neuron]].replace("none", "not reviewed")
        rating = int(table.rating[self.neuron])
        said = [f"score {score}" if score else "", status, f"rated {rating}" if rating else ""]
        said.append("flagged" if table.flagged[self.neuron] else "")
        self.facts.setText(" · ".join(part for part in said if part))

    def set_front(self, front: bool) -> None:
        """Whether keys act on this side."""
        set_role(self, "true" if front else "false", "front")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.touched.emit()
        super().mousePressEvent(event)

    def _assemble(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.number)
        head.addWidget(self.chip, 0, Qt.AlignmentFlag.AlignVCenter)
        head.addWidget(self.concept, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 10, 10, 2)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.facts)
        column.addWidget(self.none, 1)
        column.addWidget(self.evidence, 1)

    def _typed(self) -> None:
        if self.number.hasAcceptableInput():
            self.asked.emit(int(self.number.text()))
            self.setFocus()
