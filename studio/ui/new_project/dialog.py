"""The new-project dialog. What it asks becomes a ProjectPlan; a cancelled one changes nothing."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QVBoxLayout,
    QWidget,
)

from studio.domain.specs import DataSpec, ModelSpec, ProjectPlan, TrainSpec
from studio.ui.fitting import FormScroll
from studio.ui.job_runner import JobRunner
from studio.ui.labels import label, line
from studio.ui.new_project.data_box import DataBox
from studio.ui.new_project.explainer_box import ExplainerBox
from studio.ui.new_project.facts import Facts, file_facts, fit_problem, model_facts
from studio.ui.new_project.memory_line import MemoryLine
from studio.ui.new_project.place_box import PlaceBox
from studio.ui.new_project.sae_box import SaeBox
from studio.ui.new_project.source_field import SourceField
from studio.ui.number_box import number_box
from studio.ui.review.plain import plain_tip

INTRO = "The pipeline runs in the background: you can close the window and go on later."


class NewProjectDialog(QDialog):
    """`planned` carries the ProjectPlan once everything that can be known now is in order."""

    planned = Signal(object)

    def __init__(self, runner: JobRunner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self.setWindowTitle("New project")
        self.setObjectName("new_project")
        self.file = SourceField("project file", file_facts, "save", "NAME.cstudio")
        self.model = SourceField("model", model_facts, hint="Folder, or Hub id such as llava-hf/…")
        self.place = PlaceBox()
        self.data = DataBox(runner)
        self.layer = number_box("Layer", 0, 999, 2)
        self.layer_note = label("", "muted")
        self.sae = SaeBox()
        self.aligner = SourceField("aligner", optional_model, hint="CLIP: folder or Hub id; may be empty")
        self.bank = SourceField(
            "bank of concepts", bank_facts, "open", "One phrase a line, or JSONL; may be empty"
        )
        self.explainer = ExplainerBox()
        self.problem = label("", "bad", wrap=True)
        self.memory = MemoryLine(runner)
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.create_button = self._buttons.addButton("Create and run", QDialogButtonBox.ButtonRole.AcceptRole)
        self.create_button.setProperty("role", "primary")
        self._build()
        for field in (self.file, self.model, self.data, self.aligner, self.bank):
            field.looked.connect(self._check)
        self.layer.valueChanged.connect(self._check)
        self.place.changed.connect(self._check)
        self.sae.changed.connect(self._check)
        self.explainer.changed.connect(self._check)
        self.sae.hub_asked.connect(self._browse_hub)
        self._buttons.accepted.connect(self._accept)
        self._buttons.rejected.connect(self.reject)
        self._check()

    def plan(self) -> ProjectPlan:
        """What was entered."""
        path = Path(self.file.text()).expanduser().absolute()
        model, data = self.place.spec(self.model.text()), self.data.spec()
        sae = self.sae.spec()
        return ProjectPlan(
            path=str(path),
            title=path.stem,
            model=model,
            data=data,
            layer=self.layer.value(),
            sae=sae,
            train=None if sae else self._train_spec(model, data),
            explainer=self.explainer.name(),
            chat=self.explainer.spec(),
            aligner=self.aligner.text(),
            bank=self.bank.text(),
        )

    def problems(self) -> list[str]:
        """Everything known to stand in the way, in the order of the form."""
        fields = (self.file, self.model, self.data, self.aligner, self.bank)
        sae = self.sae.source.facts if self.sae.load.isChecked() else Facts()
        found = [field.facts.problem for field in fields] + [self.sae.problem(), self.explainer.problem()]
        return [text for text in [*found, fit_problem(self.model.facts, sae, self.layer.value())] if text]

    def _browse_hub(self, text: str) -> None:
        from studio.ui.hub.dialog import HubDialog

        dialog = HubDialog(self._runner, text if "/" in text else "", self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.chosen.connect(self.sae.set_spec)
        dialog.open()

    def _train_spec(self, model: ModelSpec, data: DataSpec) -> TrainSpec:
        box = self.sae
        return TrainSpec(
            model,
            data,
            self.layer.value(),
            k=box.k.value(),
            num_latents=box.latents.value(),
            tokens=box.tokens.value(),
            architecture=box.kind.currentData(),
        )

    def _build(self) -> None:
        inside = QWidget()
        form = QFormLayout(inside)
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(12)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        layer = QHBoxLayout()
        layer.setSpacing(12)
        layer.addWidget(self.layer)
        layer.addWidget(self.layer_note, 1)
        rows = (("Project file", self.file), ("Model", self.model), ("Run as", self.place))
        rows += (("Data", self.data), ("Layer", layer))
        names = (("Explainer", self.explainer), ("Aligner", self.aligner), ("Concept bank", self.bank))
        for name, field in (*rows, ("SAE", self.sae), *names):
            form.addRow(label(name, "muted"), field)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 16)
        layout.setSpacing(12)
        layout.addWidget(label("New project", "title"))
        layout.addWidget(label(INTRO, "muted", wrap=True))
        rule = line()
        rule.setMinimumWidth(592)
        layout.addWidget(rule)
        layout.addWidget(FormScroll(inside), 1)
        layout.addWidget(self.memory)
        layout.addWidget(self.problem)
        layout.addWidget(self._buttons)

    def _check(self) -> None:
        layers = self.model.facts.layers
        self.data.set_model("" if self.model.facts.problem else self.model.text())
        self.layer_note.setText("counted from 0" if layers is None else f"0 to {layers - 1}")
        sae = self.sae.source.facts if self.sae.load.isChecked() else Facts()
        self.problem.setText(fit_problem(self.model.facts, sae, self.layer.value()))
        self.problem.setVisible(bool(self.problem.text()))
        found = self.problems()
        self.memory.ask(self.plan() if not found and self.model.facts.layers else None)
        self.create_button.setEnabled(not found)
        self.create_button.setToolTip(plain_tip(found[0]) if found else "")

    def _accept(self) -> None:
        for field in (self.file, self.model, self.data, self.aligner, self.bank):
            field.look()
        if not self.problems():
            self.planned.emit(self.plan())
            self.accept()


def optional_model(source: str) -> Facts:
    """An aligner may be left out; proposals and scores then wait until there is one."""
    if not source:
        return Facts(note="Without an aligner no concepts are proposed and no classes given.")
    found = model_facts(source)
    return Facts("" if found.layers else found.note, found.problem)


def bank_facts(source: str) -> Facts:
    """A bank of concepts is a file; without one the aligner's own words are used."""
    if not source or Path(source).expanduser().is_file():
        return Facts()
    return Facts(problem="There is no such file. Choose a bank of concepts, or leave the field empty.")
