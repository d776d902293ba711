"""What a merge has brought: how much, and the neurons on which words differ."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from studio.domain.conflict import Conflict, ConflictKind
from studio.services.merge import MergeReport
from studio.ui.labels import label
from studio.ui.session import Session
from studio.ui.together.rows_model import RowsModel, RowsTable, TableRow

HEADERS = ("Neuron", "Who differs", "In", "Who said what")
KINDS = {
    ConflictKind.ANNOTATORS: "annotators",
    ConflictKind.SAME_ANNOTATOR: "one annotator, two copies",
    ConflictKind.SHARED: "what all share",
}
HIDDEN = "This project is reviewed blind: what others said is shown to the lead only."


class MergeResult(QWidget):
    """`show_neurons` carries neurons to review and the name of the list."""

    show_neurons = Signal(list, str)
    adjudicate = Signal()
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._neurons: list[int] = []
        self._title, self._said = label("", "title", wrap=True), label("", "muted", wrap=True)
        self._heading = label("", "heading", wrap=True)
        self.model = RowsModel(HEADERS, right=(0,))
        self.table = RowsTable(self.model, "Conflicts", stretch=(3,))
        self.show_button = QPushButton("Show in review")
        self.all_button = QPushButton("Review all of them")
        self.adjudicate_button = QPushButton("Adjudicate")
        self.close_button = QPushButton("Close")
        self.close_button.setProperty("role", "primary")
        self._build()
        self.show_button.clicked.connect(self._show_one)
        self.table.activated.connect(self._show_one)
        self.all_button.clicked.connect(
            lambda: self.show_neurons.emit(self._neurons, "Conflicts of the merge")
        )
        self.adjudicate_button.clicked.connect(self.adjudicate)
        self.close_button.clicked.connect(self.closed)

    def show_report(self, report: MergeReport, hidden: bool, session: Session) -> None:
        """Show what came; with `hidden` how much, and not what was said."""
        new = sum(copy.new for copy in report.copies)
        found = () if hidden else report.conflicts
        self._neurons = sorted({conflict.neuron for conflict in found if conflict.neuron >= 0})
        self._title.setText(f"{new:,} new annotation{'s' * (new != 1)} in {session.path.name}")
        lines = [copy.sentence() for copy in report.copies]
        lines += [f"The project as it was before: {report.backup}"] if report.backup else []
        self._said.setText("\n".join(lines))
        heading = f"{len(found):,} conflict{'s' * (len(found) != 1)} on {len(self._neurons):,} neurons"
        self._heading.setText(HIDDEN if hidden else heading if found else "No conflicts: nobody differs.")
        self.model.set_rows([TableRow(_cells(conflict), conflict.neuron) for conflict in found])
        self.table.fit((0, 1, 2))
        self.table.setVisible(bool(found))
        self.table.selectRow(0)
        for button in (self.show_button, self.all_button, self.adjudicate_button):
            button.setVisible(bool(found))
        self.setFocusProxy(self.adjudicate_button if found else self.close_button)

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 16)
        column.setSpacing(12)
        for part in (self._title, self._said, self._heading):
            column.addWidget(part)
        column.addWidget(self.table, 1)
        row = QHBoxLayout()
        for button in (self.show_button, self.all_button, self.adjudicate_button):
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(self.close_button)
        column.addStretch(0)
        column.addLayout(row)

    def _show_one(self) -> None:
        neuron = self.table.about()
        if neuron is not None and neuron >= 0:
            self.show_neurons.emit([neuron], f"Neuron {neuron}")


def _cells(conflict: Conflict) -> tuple[str, ...]:
    neuron = conflict.neuron
    said = "; ".join(f"{who}: {what}" for who, what in conflict.said)
    place = str(neuron) if neuron >= 0 else "project"
    return (place, KINDS[conflict.kind], ", ".join(conflict.parts), said)
