"""Mark the neuron in front as gold: say what is true of it."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QComboBox, QDialogButtonBox, QLineEdit, QWidget

from studio.domain.annotation import Label
from studio.domain.changes import Changes
from studio.domain.shared import Gold
from studio.services.gold import mark_gold, unmark_gold
from studio.services.label_values import LONGEST
from studio.services.shared_values import check_lead
from studio.ui.job_runner import JobRunner
from studio.ui.together.form import CLASSES, RATINGS, FormDialog

ABOUT = (
    "What is known to be true of neuron {neuron}. Annotators are held against it on the agreement page; they "
    "never see it. Leave open what is not known."
)


class GoldDialog(FormDialog):
    """Filled in with what was said before, or with the lead's own label."""

    def __init__(self, runner: JobRunner, annotator: str, neuron: int, parent: QWidget | None = None) -> None:
        super().__init__("Gold neuron", ABOUT.format(neuron=neuron), "Mark as gold", parent)
        self.setObjectName("gold")
        self._runner, self._annotator, self._neuron = runner, annotator, neuron
        self.concept = QLineEdit()
        self.concept.setMaxLength(LONGEST["concept"])
        self.modality, self.rating = QComboBox(), QComboBox()
        self.modality.addItems([name for name, _ in CLASSES])
        self.rating.addItems([name for name, _ in RATINGS])
        self.add_fields((("Concept", self.concept), ("Class", self.modality), ("Rating", self.rating)))
        role = QDialogButtonBox.ButtonRole.DestructiveRole
        self.unmark_button = self.buttons.addButton("Take the mark away", role)
        self.unmark_button.clicked.connect(self._unmark)
        self.unmark_button.hide()
        self.go_button.setEnabled(False)
        runner.db("Reading the neuron", _read, annotator, neuron, done=self._show, failed=self._refused)

    def go(self) -> None:
        modality = CLASSES[self.modality.currentIndex()][1]
        rating = RATINGS[self.rating.currentIndex()][1]
        self.go_button.setEnabled(False)
        self._runner.db(
            "Marking a gold neuron", mark_gold, self._annotator, self._neuron, self.concept.text(), modality,
            rating, done=self._done, failed=self.fail,
        )  # fmt: skip

    def _unmark(self) -> None:
        self._runner.db(
            "Unmarking a gold neuron", unmark_gold, self._annotator, [self._neuron], done=self._done,
            failed=self.fail,
        )  # fmt: skip

    def _done(self, _changes: Changes) -> None:
        self.accept()

    def _show(self, found: tuple[Gold | None, Label]) -> None:
        gold, own = found
        known = gold or own
        self.unmark_button.setVisible(gold is not None)
        self.concept.setText(known.concept or "")
        self.modality.setCurrentIndex([modality for _, modality in CLASSES].index(known.modality))
        self.rating.setCurrentIndex([rating for _, rating in RATINGS].index(known.rating))
        self.go_button.setEnabled(True)

    def _refused(self, error: BaseException) -> None:
        self.fail(error)
        self.go_button.setEnabled(False)


def _read(project: Any, annotator: str, neuron: int) -> tuple[Gold | None, Label]:
    check_lead(project, annotator, "mark gold neurons")
    return project.events.shared(neuron).gold, project.events.label(annotator, neuron)
