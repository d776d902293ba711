"""Which rows an export is to have, as widgets."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QFormLayout, QHBoxLayout, QWidget

from studio.domain.export import ExportFilter
from studio.domain.modality import Modality
from studio.ui.labels import label

EVERYBODY = "Everybody"


class ExportFilters(QWidget):
    """`changed` when the rows are others. No class chosen means every class."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.reviewed = QCheckBox("Reviewed only")
        self.reviewed.setToolTip("Labels that accept, edit or reject a concept")
        self.reviewed.setChecked(True)
        self.adjudicated = QCheckBox("Adjudicated only")
        self.adjudicated.setToolTip("One row for each adjudicated neuron, with its final label")
        self.classes = {modality: QCheckBox(modality.value.capitalize()) for modality in Modality}
        self.annotator = QComboBox()
        self.annotator.setAccessibleName("Annotator")
        self.annotator.addItem(EVERYBODY)
        self.agree = QCheckBox("At least")
        self.agree.setAccessibleName("Only neurons whose annotators agree")
        self.agree.setToolTip("Share of pairs of annotators who gave the neuron the same class")
        self.agreement = QDoubleSpinBox(minimum=0.0, maximum=1.0, singleStep=0.05, value=0.8)
        self.agreement.setAccessibleName("Least agreement on the class")
        self.agreement.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
        self.agreement.setFixedSize(80, 30)
        self.agreement.setEnabled(False)
        self._build()
        self._connect()

    def where(self) -> ExportFilter:
        """The filter that was chosen."""
        chosen = frozenset(modality for modality, box in self.classes.items() if box.isChecked())
        person = self.annotator.currentData()
        least = self.agreement.value() if self.agree.isChecked() else None
        return ExportFilter(
            self.reviewed.isChecked(), self.adjudicated.isChecked(), chosen, least, person
        )  # fmt: skip

    def set_annotators(self, names: list[str]) -> None:
        """Offer these people."""
        for name in names:
            self.annotator.addItem(name, name)

    def _build(self) -> None:
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(10)
        form.addRow(label("Rows", "muted"), _row(self.reviewed, self.adjudicated))
        form.addRow(label("Class", "muted"), _row(*self.classes.values()))
        form.addRow(label("Annotator", "muted"), _row(self.annotator))
        form.addRow(label("Agreement", "muted"), _row(self.agree, self.agreement))

    def _connect(self) -> None:
        self.agree.toggled.connect(self.agreement.setEnabled)
        for box in (self.reviewed, self.adjudicated, self.agree, *self.classes.values()):
            box.toggled.connect(lambda _on: self.changed.emit())
        self.annotator.currentIndexChanged.connect(lambda _at: self.changed.emit())
        self.agreement.valueChanged.connect(lambda _value: self.changed.emit())


def _row(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(12)
    for widget in widgets:
        row.addWidget(widget)
    row.addStretch(1)
    return row
