"""The doctor as a dialog: does this SAE belong to this layer of this model, and under which rule?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QDialog, QFormLayout, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from studio.domain.errors import Cancelled, UserError
from studio.domain.specs import DataSpec, ExtractSpec, ModelSpec, ProjectPlan, SaeSpec
from studio.services.doctor import doctor
from studio.ui.fitting import within_screen
from studio.ui.hub.trial_table import TrialTable
from studio.ui.job_runner import JobRunner
from studio.ui.labels import label, set_role
from studio.ui.new_project.facts import data_facts, model_facts, sae_facts
from studio.ui.new_project.source_field import SourceField
from studio.ui.number_box import number_box
from studio.ui.progress_line import progress_line, set_share

if TYPE_CHECKING:
    from studio.services.jobs import Job

INTRO = (
    "The SAE runs on a few hundred hidden states under every plausible rule, and on the layers around. "
    "Nothing is changed."
)
AROUND = 2
SIZE = (820, 700)


class DoctorDialog(QDialog):
    """Asks for an SAE, a model, data and a layer; the answer is a table and a sentence."""

    def __init__(self, runner: JobRunner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Check an SAE")
        self.setObjectName("doctor")
        self._runner = runner
        self._job: Job | None = None
        self.sae = SourceField("SAE", sae_facts, hint="Folder, or Hub id such as owner/name")
        self.hookpoint = QLineEdit()
        self.hookpoint.setAccessibleName("Hookpoint")
        self.hookpoint.setPlaceholderText("Where there are several, such as layers.24")
        self.model = SourceField("model", model_facts, hint="Folder, or Hub id such as llava-hf/…")
        self.data = SourceField("data", data_facts, hint="Folder with pictures and samples.jsonl")
        self.layer = number_box("Layer", 0, 999, 2)
        self.table = TrialTable()
        self.answer = label("", "", wrap=True)
        self.bar = progress_line("Checking the SAE")
        self.check = QPushButton("Check")
        self.check.setProperty("role", "primary")
        self.close_button = QPushButton("Close")
        self._build()
        self.check.clicked.connect(self._check_or_stop)
        self.close_button.clicked.connect(self.reject)
        runner.progress.connect(self._progressed)
        self._busy(None)

    def fill(self, plan: ProjectPlan | None) -> None:
        """Ask for what the open project was made with."""
        if plan is None:
            return
        self.model.set_text(plan.model.model)
        self.data.set_text(plan.data.source)
        self.layer.setValue(plan.layer)
        if plan.sae is not None:
            self.sae.set_text(plan.sae.source)
            self.hookpoint.setText(plan.sae.hookpoint or "")

    def spec(self) -> ExtractSpec:
        """What was entered."""
        sae = SaeSpec(self.sae.text(), self.hookpoint.text().strip() or None)
        return ExtractSpec(ModelSpec(self.model.text()), DataSpec(self.data.text()), self.layer.value(), sae)

    def done(self, result: int) -> None:
        if self._job is not None:
            self._job.cancel()
        super().done(result)

    def _build(self) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(8)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        rows = (("SAE", self.sae), ("Hookpoint", self.hookpoint), ("Model", self.model), ("Data", self.data))
        for name, field in (*rows, ("Layer", self.layer)):
            form.addRow(label(name, "muted"), field)
        below = QHBoxLayout()
        below.setSpacing(8)
        below.addWidget(self.bar, 1)
        below.addStretch(1)
        below.addWidget(self.close_button)
        below.addWidget(self.check)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 16)
        layout.setSpacing(12)
        layout.addWidget(label("Check an SAE", "title"))
        layout.addWidget(label(INTRO, "muted", wrap=True))
        layout.addLayout(form)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.answer)
        layout.addLayout(below)
        self.resize(within_screen(self, QSize(*SIZE)))

    def _check_or_stop(self) -> None:
        if self._job is not None:
            self._job.cancel()
            return
        fields = (self.sae, self.model, self.data)
        for field in fields:
            field.look()
        problem = next((field.facts.problem for field in fields if field.facts.problem), "")
        if problem:
            self._say(problem, "bad")
            return
        self._say("Waits until the job that is running has ended." if self._runner.computing() else "")
        job = self._runner.compute(
            "Checking the SAE",
            doctor,
            self.spec(),
            AROUND,
            done=lambda found: self._ended(found, None),
            failed=lambda error: self._ended(None, error),
        )
        self._busy(job)

    def _ended(self, found: Any, error: BaseException | None) -> None:
        self._busy(None)
        if found is not None:
            self.table.show_diagnosis(found)
            self._say(found.reason, "good" if found.fits else "warning")
        elif isinstance(error, Cancelled):
            self._say("Stopped.")
        elif isinstance(error, UserError):
            self._say(str(error), "bad")
        else:
            self._say("")
            self._runner.failed.emit("The SAE was not checked", error)

    def _busy(self, job: Job | None) -> None:
        self._job = job
        self.bar.setVisible(job is not None)
        set_share(self.bar, 0.0)
        self.check.setText("Check" if job is None else "Stop")

    def _progressed(self, job: Job) -> None:
        if job is self._job:
            set_share(self.bar, job.progress.share)
            self._say(f"{job.progress.text} …")

    def _say(self, text: str, role: str = "muted") -> None:
        self.answer.setText(text)
        self.answer.setAccessibleName(text)
        set_role(self.answer, role)
