"""Compare with baselines: which methods, how many runs and neurons, and where the report goes."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from studio.services.study.methods import METHODS, OURS
from studio.services.study.spec import NEURONS, SEEDS
from studio.ui.file_dialogs import ask_folder
from studio.ui.labels import label
from studio.ui.number_box import number_box
from studio.ui.review.plain import plain_tip

INTRO = (
    "Each method names every neuron anew from one half of its top examples, and the names are tested on the "
    "other half. No proposal, score or annotation of the project changes."
)
READER = (
    "The vocabulary explainer names. It reads no text beside a picture, so that “no text context” is the "
    "same as ours to it."
)
MOST = 10_000_000


class StudyDialog(QDialog):
    """`chosen` carries the folder of the report and the fields of a `StudySpec` that were chosen."""

    chosen = Signal(Path, dict)

    def __init__(self, folder: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Compare with baselines")
        self.setObjectName("study")
        self.setMinimumWidth(520)
        self.methods = {method.name: QCheckBox(method.title) for method in METHODS}
        for method in METHODS:
            box = self.methods[method.name]
            box.setChecked(True)
            box.setToolTip(plain_tip(method.shows))
            box.toggled.connect(self._check)
        self.methods[OURS.name].setEnabled(False)
        self.seeds = number_box("Runs", 1, 100, SEEDS)
        self.seeds.setToolTip("Each run parts the examples anew; three or more tell how much that matters.")
        self.neurons = number_box("Neurons", 0, MOST, NEURONS, 100)
        self.neurons.setSpecialValueText("All")
        self.neurons.setToolTip("Drawn at random; 0 takes all.")
        self.folder = QLineEdit(str(folder))
        self.folder.setAccessibleName("Folder of the report")
        self.folder.textChanged.connect(self._check)
        self.browse = QPushButton("Browse…")
        self.browse.setAccessibleName("Browse for the folder of the report")
        self.browse.clicked.connect(self._browse)
        self.problem = label("", "bad", wrap=True)
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.start_button = self._buttons.addButton("Compare", QDialogButtonBox.ButtonRole.AcceptRole)
        self.start_button.setProperty("role", "primary")
        self._buttons.accepted.connect(self._accept)
        self._buttons.rejected.connect(self.reject)
        self._build()
        self._check()

    def problem_text(self) -> str:
        """What stands in the way, empty when nothing does."""
        if len(self._names()) < 2:
            return "Choose at least one method to compare ours with."
        folder = self.folder.text().strip()
        if not folder:
            return "Choose a folder for the report."
        if Path(folder).expanduser().is_file():
            return "This is a file. Choose a folder; it is made when it is not there."
        return ""

    def _names(self) -> tuple[str, ...]:
        return tuple(name for name, box in self.methods.items() if box.isChecked())

    def _build(self) -> None:
        boxes = QVBoxLayout()
        boxes.setSpacing(6)
        for box in self.methods.values():
            boxes.addWidget(box)
        place = QHBoxLayout()
        place.setSpacing(8)
        place.addWidget(self.folder, 1)
        place.addWidget(self.browse)
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(12)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.addRow(label("Methods", "muted"), boxes)
        form.addRow(label("Runs", "muted"), self.seeds)
        form.addRow(label("Neurons", "muted"), self.neurons)
        form.addRow(label("Report", "muted"), place)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 16)
        layout.setSpacing(12)
        layout.addWidget(label("Compare with baselines", "title"))
        for text in (INTRO, READER):
            layout.addWidget(label(text, "muted", wrap=True))
        layout.addLayout(form)
        layout.addWidget(self.problem)
        layout.addStretch(1)
        layout.addWidget(self._buttons)

    def _check(self) -> None:
        problem = self.problem_text()
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        self.start_button.setEnabled(not problem)

    def _browse(self) -> None:
        ask_folder(self, "Folder of the report", self.folder.text(), self.folder.setText)

    def _accept(self) -> None:
        folder = Path(self.folder.text().strip()).expanduser().absolute()
        chosen = {"seeds": self.seeds.value(), "neurons": self.neurons.value()}
        self.chosen.emit(folder, {"methods": self._names(), **chosen})
        self.accept()
