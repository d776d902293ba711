"""Every rule that the doctor tried, the best first."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHeaderView, QTableWidget, QTableWidgetItem

from studio.ui.tables import LEFT, RIGHT, show_rows

if TYPE_CHECKING:
    from studio.domain.diagnosis import Diagnosis, Trial

COLUMNS = ("Rule", "FVU", "L0", "Dead")


class TrialTable(QTableWidget):
    """Read only; the rule in front is the one that was chosen."""

    def __init__(self) -> None:
        super().__init__(0, len(COLUMNS))
        self.setHorizontalHeaderLabels(list(COLUMNS))
        show_rows(self, "Rules that were tried")
        self.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.horizontalHeaderItem(0).setTextAlignment(LEFT)
        self.horizontalHeaderItem(1).setToolTip("Share of the variance that is left unexplained")
        self.horizontalHeaderItem(2).setToolTip("Latents that fire for one vector, on average")
        self.horizontalHeaderItem(3).setToolTip("Share of the latents that never fired here")

    def show_diagnosis(self, found: Diagnosis) -> None:
        """List the trials, the lowest FVU first."""
        trials = sorted(found.trials, key=lambda t: t.fvu if math.isfinite(t.fvu) else math.inf)
        self.setRowCount(len(trials))
        for row, trial in enumerate(trials):
            for column, text in enumerate(cells(trial)):
                item = QTableWidgetItem(text)
                item.setTextAlignment(RIGHT if column else LEFT)
                self.setItem(row, column, item)
            if trial == found.best:
                self.selectRow(row)


def cells(trial: Trial) -> tuple[str, ...]:
    """The words of one row."""
    rule = f"{trial.rule}  (the file's own)" if trial.own else trial.rule
    fvu = f"{trial.fvu:.4f}" if math.isfinite(trial.fvu) else "no number"
    return rule, fvu, f"{trial.l0:,.1f}", f"{100 * trial.dead:.1f} %"
