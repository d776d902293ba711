"""Which rows an export is to have, as widgets."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QSizePolicy,
    QWidget,
)

from studio.domain.export import ExportFilter
from studio.domain.modality import Modality
from studio.ui.labels import label
from studio.ui.number_box import number_box

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
        self.annotator.setMinimumHeight(30)
        self.annotator.addItem(EVERYBODY)
        self.agree = QCheckBox("At least")
        self.agree.setAccessibleName("Only neurons whose annotators agree")
        self.agree.setToolTip("Share of pairs of annotators who gave the neuron the same class")
        self.agreement = number_box("Least agreement on the class, in percent", 0, 100, 80, 5)
        self.agreement.setSuffix(" %")
        self.agreement.setMinimumSize(72, 30)
        self.agreement.setEnabled(False)
        self._build()
        self._connect()

    def where(self) -> ExportFilter:
        """The filter that was chosen."""
        chosen = frozenset(modality for modality, box in self.classes.items() if box.isChecked())
        person = self.annotator.currentData()
        least = self.agreement.value() / 100 if self.agree.isChecked() else None
        return ExportFilter(
            self.reviewed.isChecked(), self.adjudicated.isChecked(), chosen, least, person
        )  # fmt: skip

    def set_annotators(self, names: list[str]) -> None:
        """Offer these people."""
        for name in names:
            self.annotator.addItem(name, name)

    def _build(self) -> None:
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        rows = (
            ("Rows", (self.reviewed, self.adjudicated)),
            ("Class", tuple(self.classes.values())),
            ("Annotator", (self.annotator,)),
            ("Agreement", (self.agree, self.agreement)),
        )
        for number, (name, widgets) in enumerate(rows):
            grid.addWidget(label(name, "muted"), number, 0)
            grid.addLayout(_row(*widgets), number, 1)

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
