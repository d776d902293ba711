"""A goal for the sitting: so many neurons, and a quiet word when they are done."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QVBoxLayout, QWidget

from studio.ui.labels import label
from studio.ui.number_box import number_box


class Goal(QObject):
    """Counts the decisions of this sitting. `changed` (done, goal), 0 for none; `reached` (goal)."""

    changed = Signal(int, int)
    reached = Signal(int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.done, self.goal = 0, 0

    def start(self, goal: int) -> None:
        """Another sitting begins."""
        self.done, self.goal = 0, goal
        self.changed.emit(0, goal)

    def set_goal(self, goal: int) -> None:
        """Another goal for this sitting; 0 for none."""
        self.goal = goal
        self.changed.emit(self.done, goal)

    def count(self) -> None:
        """A decision was saved."""
        self.done += 1
        self.changed.emit(self.done, self.goal)
        if self.done == self.goal:
            self.reached.emit(self.goal)


class GoalDialog(QDialog):
    """`chosen` carries the goal, 0 for none."""

    chosen = Signal(int)

    def __init__(self, goal: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("A goal for this sitting")
        self.setObjectName("goal")
        self.field = number_box("Neurons to review in a sitting", 0, 1_000_000, goal)
        self.field.setSpecialValueText("No goal")
        box = QDialogButtonBox.StandardButton
        buttons = QDialogButtonBox(box.Ok | box.Cancel)
        buttons.button(box.Ok).setProperty("role", "primary")
        buttons.accepted.connect(self._accept)
        buttons.rejected.connect(self.reject)
        row = QHBoxLayout()
        row.addWidget(self.field)
        row.addWidget(label("neurons", "muted"))
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addWidget(label("A goal for this sitting", "title"))
        words = "Shown beside the progress, and counted from when the project was opened. 0 is no goal."
        column.addWidget(label(words, "muted", wrap=True))
        column.addLayout(row)
        column.addWidget(buttons)
        self.setMinimumWidth(360)
        self.field.selectAll()

    def _accept(self) -> None:
        self.chosen.emit(self.field.value())
        self.accept()
