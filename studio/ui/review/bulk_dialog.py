"""What a bulk act changes, before it does."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QGridLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from studio.services.bulk import BulkKind, BulkPlan
from studio.ui.labels import ElidedLabel, label, number_label

QUESTIONS = {
    BulkKind.ACCEPT: ("Accept {}?", "Accept"),
    BulkKind.TAG: ("Tag {}?", "Tag"),
    BulkKind.UNTAG: ("Take tags from {}?", "Take away"),
    BulkKind.FLAG: ("Flag {}?", "Flag"),
    BulkKind.SKIP: ("Skip {}?", "Skip"),
    BulkKind.REOPEN: ("Reopen {}?", "Reopen"),
    BulkKind.RESET: ("Reset all that you said about {}?", "Reset"),
    BulkKind.ASSIGN: ("Assign {}?", "Assign"),
}
DONE = {
    BulkKind.ACCEPT: "accepted",
    BulkKind.TAG: "tagged",
    BulkKind.UNTAG: "without these tags",
    BulkKind.FLAG: "flagged",
    BulkKind.SKIP: "skipped",
    BulkKind.REOPEN: "reopened",
    BulkKind.RESET: "reset",
    BulkKind.ASSIGN: "assigned",
}


def neurons_in_words(count: int) -> str:
    """ "1 neuron", "1,204 neurons"."""
    return "1 neuron" if count == 1 else f"{count:,} neurons"


class BulkDialog(QDialog):
    """How many change, the first of them, and what is left alone and why. One undo takes it back."""

    def __init__(self, plan: BulkPlan, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        question, verb = QUESTIONS[plan.kind]
        count = len(plan.new)
        title = question.format(neurons_in_words(count)) if count else "Nothing to change"
        self.setWindowTitle(title.rstrip("?"))
        self.setObjectName("bulk")
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addWidget(label(title, "title", wrap=True))
        if plan.new:
            column.addLayout(self._examples(plan))
        for reason, left in plan.left.items():
            column.addWidget(label(f"{neurons_in_words(left)} left alone: {reason}.", "muted", wrap=True))
        if plan.kind is BulkKind.ACCEPT and plan.new:
            words = "The record says that you accepted them together, without looking at each."
            column.addWidget(label(words, "muted", wrap=True))
        box = QDialogButtonBox.StandardButton
        buttons = QDialogButtonBox(box.Cancel if count else box.Close)
        if count:
            ok = buttons.addButton(verb, QDialogButtonBox.ButtonRole.AcceptRole)
            ok.setProperty("role", "danger" if plan.kind is BulkKind.RESET else "primary")
            careful = plan.kind is BulkKind.RESET
            (buttons.button(box.Cancel) if careful else ok).setDefault(True)
            ok.setAccessibleName(f"{verb} {neurons_in_words(count)}")
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)
        self.setMinimumWidth(420)

    def _examples(self, plan: BulkPlan) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        for row, (neuron, becomes) in enumerate(plan.examples):
            grid.addWidget(number_label(str(neuron)), row, 0, Qt.AlignmentFlag.AlignRight)
            grid.addWidget(ElidedLabel(becomes), row, 1)
        more = len(plan.new) - len(plan.examples)
        if more > 0:
            grid.addWidget(label(f"and {more:,} more", "muted"), len(plan.examples), 1)
        return grid


class WordsDialog(QDialog):
    """Asks for what a bulk act needs: tags, or names and a batch. `chosen` carries the texts."""

    chosen = Signal(list)

    def __init__(
        self, title: str, words: str, fields: dict[str, str], verb: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setObjectName("bulk_words")
        form = QFormLayout()
        self.fields: list[QLineEdit] = []
        for name, hint in fields.items():
            field = QLineEdit()
            field.setPlaceholderText(hint)
            field.setAccessibleName(name)
            field.textChanged.connect(self._check)
            form.addRow(name, field)
            self.fields.append(field)
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self._ok = self._buttons.addButton(verb, QDialogButtonBox.ButtonRole.AcceptRole)
        self._ok.setProperty("role", "primary")
        self._buttons.accepted.connect(self._accept)
        self._buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addWidget(label(title, "title"))
        column.addWidget(label(words, "muted", wrap=True))
        column.addLayout(form)
        column.addWidget(self._buttons)
        self.setMinimumWidth(420)
        self._check()

    def _check(self) -> None:
        self._ok.setEnabled(bool(self.fields[0].text().strip(" ,")))

    def _accept(self) -> None:
        self.chosen.emit([field.text() for field in self.fields])
        self.accept()
