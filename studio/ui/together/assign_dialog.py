"""Assign neurons to annotators in batches that overlap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from studio.domain.changes import Changes
from studio.domain.errors import UserError
from studio.services.assign import Plan, assign, plan_batches
from studio.services.neuron_lists import parse_neurons
from studio.ui.job_runner import JobRunner
from studio.ui.number_box import number_box
from studio.ui.session import Session
from studio.ui.together.form import FormDialog

ABOUT = (
    "Each neuron goes to several annotators, so that their agreement can be measured. Everybody gets as "
    "many, drawn at random. One undo takes the whole batch back."
)
OPEN, SHOWN, TYPED = "In no batch yet", "In the review's list", "These neurons"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the dialog was filled in with; `neurons` None means all that are in no batch yet."""

    names: tuple[str, ...]
    size: int
    overlap: int
    neurons: tuple[int, ...] | None
    seed: int
    batch: str


class AssignDialog(FormDialog):
    """Writes in the `db` lane, and stays open with a sentence when that is refused."""

    def __init__(
        self,
        runner: JobRunner,
        session: Session,
        shown: Sequence[int] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("Assign batches", ABOUT, "Assign", parent)
        self.setObjectName("assign")
        self._runner, self._session, self._shown = runner, session, tuple(shown)
        self.names = QLineEdit()
        self.names.setPlaceholderText("Ada, Bo, Cy")
        self.size = number_box("Neurons for each, at most", 0, 1_000_000, 100)
        self.size.setSpecialValueText("No limit")
        self.overlap = number_box("Annotators for each neuron", 1, 50, 2)
        self.seed = number_box("Seed of the draw", 0, 2**31 - 1, 0)
        self.which = QComboBox()
        self.which.addItems([OPEN, *([SHOWN] if self._shown else []), TYPED])
        self.typed = QLineEdit()
        self.typed.setPlaceholderText("3, 7, 100-200")
        self.batch = QLineEdit()
        self.batch.setPlaceholderText("The next number")
        self.add_fields(
            (
                ("Annotators", self.names),
                ("Neurons for each, at most", self.size),
                ("Annotators for each neuron", self.overlap),
                ("Which neurons", self.which),
                ("Numbers", self.typed),
                ("Name of the batch", self.batch),
                ("Seed of the draw", self.seed),
            )
        )
        self.which.currentTextChanged.connect(self._which_changed)
        self._which_changed(self.which.currentText())
        self._runner.db("Reading annotators", known_names, done=self._suggest)

    def asked(self) -> Asked:
        """What is filled in. Raises `UserError` for numbers that are none."""
        names = tuple(name.strip() for name in self.names.text().split(",") if name.strip())
        which = self.which.currentText()
        neurons = None if which == OPEN else self._shown
        if which == TYPED:
            neurons = tuple(parse_neurons(self.typed.text()))
        return Asked(
            names, self.size.value(), self.overlap.value(), neurons, self.seed.value(), self.batch.text()
        )

    def go(self) -> None:
        try:
            asked = self.asked()
        except UserError as error:
            self.fail(error)
            return
        self.go_button.setEnabled(False)
        self._runner.db(
            "Assigning batches", _assign, asked, self._session.annotator, done=self._done, failed=self.fail
        )

    def _done(self, _found: tuple[Changes, Plan]) -> None:
        self.accept()

    def _which_changed(self, which: str) -> None:
        self.form.setRowVisible(self.typed, which == TYPED)

    def _suggest(self, names: list[str]) -> None:
        """Those who have annotated or were assigned before, unless something was typed meanwhile."""
        if not self.names.text():
            self.names.setText(", ".join(names))


def known_names(project: Any) -> list[str]:
    """Those who have reviewed, or were assigned a neuron."""
    assigned = {name for given in project.events.assignments().values() for name in given.annotators}
    return sorted(assigned | {label.annotator for label in project.events.labels() if label.reviewed})


def _assign(project: Any, asked: Asked, by: str) -> tuple[Changes, Plan]:
    plan = plan_batches(
        project, asked.names, asked.size, asked.overlap, asked.neurons, asked.seed, asked.batch
    )
    return assign(project, by, plan), plan
