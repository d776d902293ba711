"""The page of the answers: how much of each class fires in samples answered rightly and wrongly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from studio.domain.changes import Changes
from studio.domain.errors import Cancelled, UserError
from studio.domain.modality import Modality
from studio.domain.score import Score
from studio.services.answers import AnswersSpec, answers_spec, answers_step
from studio.services.answers_report import SIDES, NotRunError, last_answers, strongest
from studio.services.blind import BlindError
from studio.services.jobs import Job
from studio.services.places import work_folder
from studio.ui.labels import label
from studio.ui.loaded_page import LoadedPage
from studio.ui.pages import PageTools
from studio.ui.review.plain import plain_tip
from studio.ui.theme import number_font

TITLE = "Answering questions"
EMPTY = (
    "The model was not asked anything yet. Here stands which neurons and classes go with right and wrong "
    "answers, once it has answered the questions of its data (1,000 at most)."
)
COMING = (
    "The model answers. What comes out appears here; you can go on reviewing, and Jobs shows how far it is."
)
LIMIT = 1000
CLASSES = ("Class", "Neurons", "Fires, right", "Fires, wrong", "Effect", "p", "q")
NEURONS = ("Neuron", "Fires on", "Samples", "Right there", "Right elsewhere", "q")
TIPS = {
    "Fires, right": "Mean share of the class that fires in a sample that was answered rightly",
    "Fires, wrong": "Mean share of the class that fires in a sample that was answered wrongly",
    "Effect": "Rank-biserial correlation: above 0 where more neurons fire in samples answered rightly",
    "p": "Mann-Whitney U over samples, two-sided",
    "q": "Benjamini-Hochberg over the rows",
    "Right there": "Share answered rightly of the samples in which the neuron fires",
    "Right elsewhere": "Share answered rightly of the other samples",
}


LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True, slots=True)
class Found:
    """The summary of the newest run and the neurons that go with it most."""

    summary: Mapping[str, Any]
    strongest: list[Score]


class AnswersPage(LoadedPage):
    """The newest run of the questions, and the way to one."""

    what, EMPTY, OFFER = "The answers", EMPTY, "Let the model answer"

    def __init__(self, tools: PageTools, parent: QWidget | None = None) -> None:
        super().__init__(tools, parent)
        self.job: Job | None = None
        self.run_button = self.nothing.button
        self.run_button.clicked.connect(self.start)
        self.head = label("", "muted", wrap=True)
        self.classes = table(CLASSES, "Answers by class")
        self.neurons = table(NEURONS, "Neurons that go with right and wrong answers")
        self.neurons.cellActivated.connect(self._open)
        self.neurons.cellDoubleClicked.connect(self._open)
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        column.addWidget(label("Answers", "title"))
        column.addWidget(self.head)
        column.addWidget(self.classes)
        column.addSpacing(8)
        column.addWidget(label("Neurons that go with right or wrong most (Enter opens one)", "heading"))
        column.addWidget(self.neurons, 1)
        self.show_over(body)

    def ask(self) -> None:
        self.read("Reading the answers", read_answers, done=self._loaded)

    def concerns(self, changes: Changes) -> bool:
        return bool(changes.scores or changes.everything or changes.rules)

    def nothing_yet(self, error: BaseException) -> str:
        return EMPTY if isinstance(error, NotRunError) else ""

    def load(self) -> None:
        """While the model answers, the page says so."""
        if self.job is None:
            super().load()

    def start(self) -> None:
        """Let the model answer, in the compute lane; the page fills when it is done."""
        self.read("Reading the plan", read_spec, done=self._run, failed=self._stopped)

    def _run(self, spec: AnswersSpec) -> None:
        if self.session is None or self.job is not None:
            return
        step = answers_step(work_folder(self.session.path), spec)
        self.job = self.tools.runner.steps(TITLE, [step], done=self._has_answered, failed=self._stopped)
        self.show_nothing(COMING, offer=False)

    def _has_answered(self, _changes: Changes) -> None:
        self.job = None
        self.load()

    def _stopped(self, error: BaseException) -> None:
        """It was not run: say why, and offer it again."""
        self.job = None
        if isinstance(error, Cancelled):
            self.load()
            return
        known = isinstance(error, UserError)
        self.show_nothing(str(error) if known else EMPTY, offer=not isinstance(error, BlindError))
        if not known:
            self.tools.runner.failed.emit("The model has not answered", error)

    def _loaded(self, found: Found) -> None:
        s = found.summary
        self.head.setText(
            f"{s['samples']:,} questions, {100 * s['accuracy']:.1f} % accuracy: {s['right']:,} right, "
            f"{s['samples'] - s['right']:,} wrong. A neuron fires in a sample when one of its tokens does, "
            "the reference answer left out."
        )
        fill(self.classes, [class_cells(row) for row in s["classes"]])
        fill(self.neurons, [neuron_cells(score) for score in found.strongest])
        self.classes.setFixedHeight(
            self.classes.horizontalHeader().height() + sum(
                self.classes.rowHeight(row) for row in range(self.classes.rowCount())
            ) + 4
        )  # fmt: skip
        self.show_body()

    def _open(self, row: int, _column: int) -> None:
        item = self.neurons.item(row, 0)
        if item is not None:
            self.tools.show_neuron(int(item.text()))


def read_spec(project: Any) -> AnswersSpec:
    """What `concept-studio answers` runs without options. Raises `DataError` before an extraction."""
    return answers_spec(project, limit=LIMIT)


def read_answers(project: Any) -> Found:
    """Runs in the `db` lane. Raises `DataError` when nothing was run."""
    return Found(last_answers(project), strongest(project))


def class_cells(row: Mapping[str, Any]) -> list[str]:
    """One class as cells; what is undefined is said."""
    modality = Modality(row["modality"])
    shares = [_share(row["right"]), _share(row["wrong"])]
    if row["p"] is None:
        return [f"{modality.letter} {modality.value}", f"{row['neurons']:,}", *shares, *["undefined"] * 3]
    numbers = [f"{row['effect']:+.2f}", f"{row['p']:.2g}", f"{row['q']:.2g}"]
    return [f"{modality.letter} {modality.value}", f"{row['neurons']:,}", *shares, *numbers]


def neuron_cells(score: Score) -> list[str]:
    """One neuron and side as cells."""
    d = score.details
    total, fires = d["right"] + d["wrong"], d["fires_right"] + d["fires_wrong"]
    rates = d["fires_right"] / fires, (d["right"] - d["fires_right"]) / (total - fires)
    side = SIDES[score.side].removeprefix("on the ")
    return [
        str(score.neuron), side, f"{fires:,} of {total:,}", *(_share(rate) for rate in rates), f"{d['q']:.2g}"
    ]  # fmt: skip


def _share(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f} %"


def table(columns: Sequence[str], name: str) -> QTableWidget:
    """A table to read: rows are chosen whole, nothing is edited."""
    made = QTableWidget(0, len(columns))
    made.setHorizontalHeaderLabels(list(columns))
    made.setAccessibleName(name)
    made.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    made.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    made.setShowGrid(False)
    made.setTabKeyNavigation(False)
    made.verticalHeader().hide()
    made.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
    for place, column in enumerate(columns):
        head = made.horizontalHeaderItem(place)
        head.setToolTip(plain_tip(TIPS.get(column, "")))
        head.setTextAlignment(RIGHT if place else LEFT)
    return made


def fill(made: QTableWidget, rows: Sequence[Sequence[str]]) -> None:
    """Put rows of text into a table; the first column left, numbers right."""
    made.setRowCount(len(rows))
    for row, cells in enumerate(rows):
        for place, text in enumerate(cells):
            item = QTableWidgetItem(text)
            if place:
                item.setTextAlignment(RIGHT)
                item.setFont(number_font())
            made.setItem(row, place, item)
