"""The SAE of a new project: load one, or train one."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from studio.domain.specs import ARCHITECTURES, SaeSpec
from studio.ui.labels import label
from studio.ui.new_project.facts import sae_facts
from studio.ui.new_project.source_field import SourceField
from studio.ui.number_box import number_box

#: What people call the architectures.
KINDS = {
    "topk": "TopK",
    "multi_topk": "Multi-TopK",
    "batch_topk": "BatchTopK",
    "matryoshka": "Matryoshka BatchTopK",
    "jumprelu": "JumpReLU",
    "gated": "Gated",
    "relu": "ReLU and L1",
}


class SaeBox(QWidget):
    """`changed` when the choice or what is known about it changed; `hub_asked` carries what was typed."""

    changed = Signal()
    hub_asked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.load = QRadioButton("Load one")
        self.train = QRadioButton("Train one here")
        self.train.setChecked(True)
        self.source = SourceField("SAE", sae_facts, hint="Folder, or Hub id such as owner/name")
        self.hookpoint = QComboBox()
        self.hookpoint.setEditable(True)
        self.hookpoint.setAccessibleName("Hookpoint")
        self._revision: str | None = None
        self.source.line.textEdited.connect(self._typed)
        self.kind = QComboBox()
        self.kind.setAccessibleName("Kind of SAE")
        for name in ARCHITECTURES:
            self.kind.addItem(KINDS[name], name)
        self.k = number_box("k, active latents a token", 1, 1024, 32)
        self.latents = number_box("Latents", 16, 1_048_576, 4096, 1024)
        self.tokens = number_box("Training tokens", 10_000, 2_000_000_000, 2_000_000, 500_000)
        self.hub = QPushButton("Find on the Hub…")
        self.hub.clicked.connect(lambda: self.hub_asked.emit(self.source.text()))
        self._loading, self._training = self._load_form(), self._train_form()
        choice = QHBoxLayout()
        choice.setSpacing(16)
        choice.addWidget(self.train)
        choice.addWidget(self.load)
        choice.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(choice)
        column.addWidget(self._loading)
        column.addWidget(self._training)
        self.load.toggled.connect(self._switch)
        self.source.looked.connect(self._looked)
        self._switch()

    def problem(self) -> str:
        """Why the chosen SAE cannot be used, "" when nothing is known against it."""
        return self.source.facts.problem if self.load.isChecked() else ""

    def spec(self) -> SaeSpec | None:
        """The SAE to load, None when one is to be trained."""
        if not self.load.isChecked():
            return None
        return SaeSpec(self.source.text(), self.hookpoint.currentText().strip() or None, self._revision)

    def set_spec(self, spec: SaeSpec) -> None:
        """Load this one."""
        self.load.setChecked(True)
        self._revision = spec.revision
        self.source.set_text(spec.source)
        self.hookpoint.setEditText(spec.hookpoint or "")

    def _load_form(self) -> QWidget:
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(label("Hookpoint", "muted"))
        row.addWidget(self.hookpoint, 1)
        row.addWidget(self.hub)
        column.addWidget(self.source)
        column.addLayout(row)
        return box

    def _train_form(self) -> QWidget:
        box = QWidget()
        row = QHBoxLayout(box)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.kind)
        for name, field in (("k", self.k), ("Latents", self.latents), ("Tokens", self.tokens)):
            row.addWidget(label(name, "muted"))
            row.addWidget(field, 1)
        return box

    def _typed(self) -> None:
        """A revision belongs to the repo it was chosen in."""
        self._revision = None

    def _switch(self) -> None:
        self._loading.setVisible(self.load.isChecked())
        self._training.setVisible(not self.load.isChecked())
        self.changed.emit()

    def _looked(self) -> None:
        names = [name for name in self.source.facts.hookpoints if name]
        chosen = self.hookpoint.currentText()
        self.hookpoint.clear()
        self.hookpoint.addItems(names)
        if chosen and (chosen in names or not names):
            self.hookpoint.setEditText(chosen)
        self.changed.emit()
