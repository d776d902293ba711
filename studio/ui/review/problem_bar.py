"""The bar that stays until a decision that could not be saved is saved, or given up."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QWidget

from studio.domain.errors import UserError
from studio.ui.labels import label
from studio.ui.review.save_queue import Problem, SaveQueue


class ProblemBar(QFrame):
    """Says what was not saved and why; Retry tries again, Discard drops it."""

    def __init__(self, saves: SaveQueue, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "problem")
        self._text = label("", "bad", wrap=True)
        self.retry = QPushButton("Retry")
        self.discard = QPushButton("Discard")
        self.retry.clicked.connect(saves.retry)
        self.discard.clicked.connect(saves.give_up)
        self.discard.setToolTip("Drop this decision; nothing of it is saved")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 12, 8)
        row.setSpacing(8)
        row.addWidget(self._text, 1)
        row.addWidget(self.retry)
        row.addWidget(self.discard)
        saves.problem.connect(self.show_problem)
        self.hide()

    def show_problem(self, problem: Problem | None) -> None:
        """Show a problem; None when it is solved."""
        self.setVisible(problem is not None)
        if problem is not None:
            self._text.setText(problem_text(problem))
            self.setAccessibleName(self._text.text())


def problem_text(problem: Problem) -> str:
    """What was not saved, why, and what waits behind it."""
    why = str(problem.error) if isinstance(problem.error, UserError) else "the project could not be written"
    text = f"Not saved: {problem.decision.title}. {why[:1].upper()}{why[1:]}"
    if problem.waiting:
        text += f" {problem.waiting} more wait behind it."
    return text
