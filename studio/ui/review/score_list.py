"""More scores of a neuron, folded away until they are asked for."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from studio.services.neuron_detail import NeuronDetail
from studio.ui.labels import ElidedLabel, number_label, set_role
from studio.ui.review.plain import plain_tip
from studio.ui.review.score_words import ScoreLine, score_lines

#: Scores shown at most; the export has them all.
MOST = 12


class ScoreList(QWidget):
    """A line that opens a list; whether it is open stays from neuron to neuron. Hidden without scores."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.button = QToolButton()
        self.button.setProperty("role", "link")
        self.button.setAutoRaise(True)
        self.button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.button.setArrowType(Qt.ArrowType.RightArrow)
        self.button.clicked.connect(lambda: self.open(self._inside.isHidden()))
        self._inside = QWidget()
        self._grid = QGridLayout(self._inside)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(0, 1)
        self._lines: list[ScoreLine] = []
        self.rows: list[tuple[ElidedLabel, QLabel, QLabel]] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.button)
        column.addWidget(self._inside)
        self._inside.hide()
        self.hide()

    def show_detail(self, detail: NeuronDetail) -> None:
        """Show the scores of a neuron. Folded away they are counted only."""
        self._lines = score_lines(detail)[:MOST]
        self.button.setText(f"More scores ({len(self._lines)})")
        self.button.setAccessibleName(f"More scores: {len(self._lines)}")
        self.setVisible(bool(self._lines))
        if not self._inside.isHidden():
            self._show_rows()

    def _show_rows(self) -> None:
        while len(self.rows) < len(self._lines):
            self._add_row()
        for place, row in enumerate(self.rows):
            for part in row:
                part.setVisible(place < len(self._lines))
            if place < len(self._lines):
                _fill(row, self._lines[place])

    def _add_row(self) -> None:
        parts = (ElidedLabel(), number_label("", "muted"), number_label("", ""))
        for column, part in enumerate(parts):
            self._grid.addWidget(part, len(self.rows), column)
            if column:
                part.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.rows.append(parts)

    def open(self, on: bool) -> None:
        """Open the list, or fold it away."""
        if on:
            self._show_rows()
        self.button.setArrowType(Qt.ArrowType.DownArrow if on else Qt.ArrowType.RightArrow)
        self._inside.setVisible(on)
        self.button.setAccessibleDescription("open" if on else "folded away")


def _fill(row: tuple[ElidedLabel, QLabel, QLabel], line: ScoreLine) -> None:
    for part, text in zip(row, (line.title, line.interval, line.value), strict=True):
        part.setText(text)
        part.setToolTip(plain_tip(line.tip))
    set_role(row[2], "" if line.known else "muted")
    row[2].setAccessibleName(f"{line.title}: {line.value}")
    row[2].setAccessibleDescription(line.tip)
