"""The neurons most like the one in front: by decoder, and by the samples they share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QPushButton, QVBoxLayout, QWidget

from studio.domain.similar import Alike, Likeness
from studio.services.similar import SimilarTo
from studio.ui.labels import label
from studio.ui.review.neuron_model import short
from studio.ui.review.plain import plain_tip

TABS = {Likeness.DECODER: "Decoder", Likeness.TOGETHER: "Fire together"}
TIPS = {
    Likeness.DECODER: "Cosine of the decoder vectors.",
    Likeness.TOGETHER: "Of the samples kept as examples (not all the neuron fires on), how many both share.",
}
NONE = {
    Likeness.DECODER: "No similar neurons.",
    Likeness.TOGETHER: "No neuron shares a kept sample.",
}
NOT_YET = "Not computed yet."
#: Pixels: two rows and the edge of a third.
LEAST_ROWS = 44
#: Gives the concept of a neuron, as far as the annotator may see it.
Concept = Callable[[int], str]


class SimilarPanel(QWidget):
    """`chosen` (neuron) was clicked or entered; `list_asked` (neurons, name); `compute_asked`: nothing was
    computed for this project, and it should be."""

    chosen = Signal(int)
    list_asked = Signal(object, str)
    compute_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kind = Likeness.DECODER
        self.found: SimilarTo | None = None
        self._concept: Concept = str
        self._tabs: dict[Likeness, QPushButton] = {}
        self._assemble()

    def show_similar(self, found: SimilarTo | None, concept: Concept) -> None:
        """Show the neurons like one; None for none."""
        self.found, self._concept = found, concept
        self._fill()

    def wait(self) -> None:
        """Those of another neuron are on their way: nothing of the last one's is left, and nothing moves, so
        that a step does not lay out the column twice."""
        self.found = None
        self.rows.clear()
        if self._why.text() in NONE.values():
            self._why.clear()

    def tell(self, text: str) -> None:
        """A sentence about the computation that was asked for."""
        self._why.setText(text or self._reason())
        self.compute.setEnabled(not text.startswith("Computing"))

    def listed(self) -> list[int]:
        """The neuron and those like it, of the kind that is shown."""
        alike = self._alike()
        return [] if self.found is None or not alike else [self.found.neuron, *(a.neuron for a in alike)]

    def ask_list(self) -> None:
        """Make the review's list these neurons."""
        listed = self.listed()
        if listed:
            self.list_asked.emit(listed, f"Like neuron {listed[0]}")

    def _assemble(self) -> None:
        tabs = QHBoxLayout()
        tabs.setSpacing(0)
        for number, (kind, text) in enumerate(TABS.items()):
            tab = QPushButton(text)
            tab.setProperty("segment", ("first", "last")[number])
            tab.setCheckable(True)
            tab.setAutoExclusive(True)
            tab.setChecked(kind is self.kind)
            tab.setAccessibleName(f"Similar neurons: {text.lower()}")
            tab.setToolTip(plain_tip(TIPS[kind]))
            tab.clicked.connect(lambda _on, kind=kind: self.show_kind(kind))
            tabs.addWidget(tab, 1)
            self._tabs[kind] = tab
        self.rows = QListWidget()
        self.rows.setAccessibleName("Similar neurons")
        self.rows.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.rows.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.rows.setMinimumHeight(LEAST_ROWS)
        self.rows.itemClicked.connect(self._go)
        self.rows.itemActivated.connect(self._go)
        self._why = label("", "muted", wrap=True)
        self.compute = QPushButton("Compute")
        self.compute.setToolTip("Find similar neurons of all neurons, once")
        self.compute.clicked.connect(self.compute_asked)
        self.all = QPushButton("Show all as list")
        self.all.setProperty("role", "link")
        self.all.clicked.connect(self.ask_list)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(4)
        column.addWidget(label("Similar neurons", "heading"))
        column.addLayout(tabs)
        column.addWidget(self.rows, 1)
        column.addWidget(self._why)
        column.addWidget(self.compute, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.all, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch()  # takes the room of the list where there is none
        self._fill()

    def show_kind(self, kind: Likeness) -> None:
        """Similar in which way."""
        self.kind = kind
        self._tabs[kind].setChecked(True)
        self._fill()

    def _alike(self) -> list[Alike] | None:
        if self.found is None:
            return None
        return self.found.decoder if self.kind is Likeness.DECODER else self.found.together

    def _fill(self) -> None:
        alike, found = self._alike(), self.found
        self.rows.clear()
        for other in alike or ():
            self.rows.addItem(self._item(other))
        self.rows.setVisible(bool(alike))
        self.all.setVisible(bool(alike))
        self._why.setText(self._reason())
        self._why.setVisible(bool(self._why.text()))
        self.compute.setVisible(found is not None and alike is None)

    def _reason(self) -> str:
        alike = self._alike()
        if self.found is None or alike:
            return ""
        if alike is not None:
            return NONE[self.kind]
        return self.found.missing or NOT_YET

    def _item(self, other: Alike) -> QListWidgetItem:
        concept = " ".join(self._concept(other.neuron).split())
        how = f"{other.shared}" if self.kind is Likeness.TOGETHER else short(other.value)
        item = QListWidgetItem(f"{how:>4}  {concept or f'neuron {other.neuron}'}")
        item.setData(Qt.ItemDataRole.UserRole, other.neuron)
        spoken = f"Neuron {other.neuron}, {concept or 'no concept'}, {self._measure(other)}"
        item.setToolTip(plain_tip(spoken))
        item.setData(Qt.ItemDataRole.AccessibleTextRole, spoken)
        return item

    def _measure(self, other: Alike) -> str:
        if self.kind is Likeness.DECODER:
            return f"cosine {other.value:.2f}"
        samples = "1 kept sample" if other.shared == 1 else f"{other.shared} kept samples"
        return f"shares {samples} (cosine of the two sets {other.value:.2f})"

    def _go(self, item: Any) -> None:
        self.chosen.emit(int(item.data(Qt.ItemDataRole.UserRole)))
