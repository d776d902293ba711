"""How and where the model of a new project runs: number format, and device."""

from __future__ import annotations

from importlib.util import find_spec

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from studio.domain.specs import ModelSpec
from studio.ui.labels import label
from studio.ui.review.plain import plain_tip

#: What is shown, and the (dtype, quantize) it stands for.
FORMATS = (
    ("Automatic", ("auto", ""), "bfloat16 on a graphics card, float32 on the processor"),
    ("float32", ("float32", ""), "4 bytes a weight"),
    ("bfloat16", ("bfloat16", ""), "2 bytes a weight"),
    ("float16", ("float16", ""), "2 bytes a weight"),
    ("8 bits", ("auto", "8bit"), "1 byte a weight: smaller, a little less exact"),
    ("4 bits", ("auto", "4bit"), "Half a byte a weight: smallest, less exact"),
)
#: What is shown, and the (device, device_map) it stands for.
PLACES = (
    ("Automatic", ("auto", ""), "A graphics card where there is one"),
    ("Processor", ("cpu", ""), "Main memory; slow for large models"),
    ("Graphics card", ("cuda", ""), "The first NVIDIA card"),
    (
        "All devices",
        ("auto", "auto"),
        "Fills the cards; the rest goes to main memory, which is slow",
    ),
)
MISSING = "Needs the packages bitsandbytes and accelerate: pip install concept-studio[quantize]"


class PlaceBox(QWidget):
    """`changed` when another one is chosen. What cannot be chosen here says why."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.format = _choice("Number format of the model", FORMATS)
        self.place = _choice("Where the model runs", PLACES)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        self.note = label("", "muted")
        for part in (self.format, label("on", "muted"), self.place):
            row.addWidget(part)
        for box in (self.format, self.place):
            box.currentIndexChanged.connect(self._chosen)
        row.addStretch(1)
        row.addWidget(self.note)
        self._chosen()

    def spec(self, model: str) -> ModelSpec:
        """The model as it is to run."""
        (dtype, quantize), (device, device_map) = self.format.currentData(), self.place.currentData()
        return ModelSpec(model, dtype=dtype, device=device, quantize=quantize, device_map=device_map)

    def _chosen(self, _index: int = 0) -> None:
        place = PLACES[self.place.currentIndex()]
        self.note.setText((place if place[1][1] else FORMATS[self.format.currentIndex()])[2])
        self.changed.emit()


def _choice(name: str, options: tuple[tuple[str, tuple[str, str], str], ...]) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    box.setToolTip(plain_tip(name))
    there = find_spec("accelerate") is not None and find_spec("bitsandbytes") is not None
    for number, (text, data, tip) in enumerate(options):
        box.addItem(text, data)
        usable = there or not data[1]
        box.setItemData(number, plain_tip(tip if usable else MISSING), Qt.ItemDataRole.ToolTipRole)
        model = box.model()
        if not usable and isinstance(model, QStandardItemModel):
            model.item(number).setEnabled(False)
    return box
