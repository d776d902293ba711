"""Which random sample: how many neurons, and the seed that draws them."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QVBoxLayout, QWidget

from studio.ui.labels import label
from studio.ui.number_box import number_box

MOST = 10_000_000


class SampleDialog(QDialog):
    """`chosen` (size, seed). A cancelled dialog changes nothing."""

    chosen = Signal(int, int)

    def __init__(self, size: int, seed: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Random sample")
        self.setObjectName("sample")
        self.size_field = number_box("Neurons in the sample", 1, MOST, size)
        self.seed_field = number_box("Seed", 0, MOST, seed)
        form = QFormLayout()
        form.addRow("Neurons", self.size_field)
        form.addRow("Seed", self.seed_field)
        box = QDialogButtonBox.StandardButton
        buttons = QDialogButtonBox(box.Ok | box.Cancel)
        buttons.button(box.Ok).setText("Draw")
        buttons.button(box.Ok).setProperty("role", "primary")
        buttons.accepted.connect(self._accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addWidget(label("Random sample", "title"))
        words = "Drawn from all neurons that fire. The same seed draws the same neurons, for everybody."
        column.addWidget(label(words, "muted", wrap=True))
        column.addLayout(form)
        column.addWidget(buttons)
        self.setMinimumWidth(360)
        self.size_field.selectAll()

    def _accept(self) -> None:
        self.chosen.emit(self.size_field.value(), self.seed_field.value())
        self.accept()
