"""One line below the new-project form: whether the run fits into memory. Asked in the compute child."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QVBoxLayout, QWidget
from shiboken6 import isValid

from studio.domain.specs import ExtractSpec, ProjectPlan, TrainSpec
from studio.services.memory import plan_line
from studio.ui.job_runner import JobRunner
from studio.ui.labels import label

#: Milliseconds without a change before it is asked.
PAUSE = 1000


class MemoryLine(QWidget):
    """`ask(plan)` shows the line of a plan after a pause; `ask(None)` takes it away. What cannot be planned
    (a file that will not load) leaves it empty: the run says why."""

    def __init__(self, runner: JobRunner) -> None:
        super().__init__()
        self._runner = runner
        self._spec: ExtractSpec | TrainSpec | None = None
        self.text = label("", "muted", wrap=True)
        self.text.setAccessibleName("Memory that the run needs")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.text)
        self._pause = QTimer(self, singleShot=True, interval=PAUSE)
        self._pause.timeout.connect(self._ask)
        self.hide()

    def ask(self, plan: ProjectPlan | None) -> None:
        """Called at every change of the form."""
        spec = None if plan is None else spec_of(plan)
        if spec == self._spec:
            return
        self._spec = spec
        self._show("")
        if spec is None:
            self._pause.stop()
        else:
            self._pause.start()

    def _ask(self) -> None:
        asked = self._spec

        def done(text: str) -> None:
            if isValid(self) and asked == self._spec:
                self._show(text)

        self._runner.compute("Memory plan", plan_line, asked, done=done, failed=lambda _error: None)

    def _show(self, text: str) -> None:
        self.text.setText(text)
        self.setVisible(bool(text))


def spec_of(plan: ProjectPlan) -> ExtractSpec | TrainSpec | None:
    """The run of a plan that needs the most memory."""
    if plan.train is not None:
        return plan.train
    return ExtractSpec(plan.model, plan.data, plan.layer, plan.sae) if plan.sae else None
