"""What a study found: the main table and the plots of each side."""

from __future__ import annotations

from itertools import zip_longest
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QHeaderView,
    QScrollArea,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from studio.services.study.figures import method_plots, share_plots
from studio.services.study.words import (
    SIDES,
    findings,
    interval,
    measure_meaning,
    measure_title,
    number,
    people_said,
    probability,
    title_of,
)
from studio.ui.labels import label
from studio.ui.review.plain import plain_tip
from studio.ui.study.plot_view import PlotView
from studio.ui.tables import LEFT, RIGHT, show_rows
from studio.ui.theme import Theme

HEAD = (
    "Measure", "Ours minus", "Neurons", "Difference", "95 % interval", "Effect d", "t-test q", "Wilcoxon q",
    "Better on",
)  # fmt: skip
TIPS = {
    "Difference": "Ours minus the other, mean over neurons; each neuron is the mean of its runs.",
    "95 % interval": "Bootstrap over neurons.",
    "Effect d": "Cohen's d: the mean difference over its standard deviation.",
    "t-test q": "Paired t-test by neuron, Benjamini-Hochberg over all comparisons of the study.",
    "Wilcoxon q": "Wilcoxon signed-rank test by neuron, Benjamini-Hochberg over all comparisons.",
    "Better on": "Share of the neurons on which ours is better; the others are the same or worse.",
}
TEXTS = 2
#: Pixels from which on two plots stand side by side.
TWO_COLUMNS = 1200
KEY = (
    "Points: mean over neurons with its 95 % interval. Bars: blue, ours is better; grey, the same; orange, "
    "worse."
)


class ResultView(QScrollArea):
    """Made anew for each study; `paint` takes another theme."""

    def __init__(self, document: dict[str, Any], theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setAccessibleName("Result of the study")
        self.plots: list[PlotView] = []
        self.tables: dict[str, QTableWidget] = {}
        self._pairs: list[QBoxLayout] = []
        inner = QWidget()
        inner.setProperty("role", "canvas")
        self._column = QVBoxLayout(inner)
        self._column.setContentsMargins(0, 0, 16, 16)
        self._column.setSpacing(8)
        for side in SIDES:
            if document["neurons"][side]:
                self._add_side(document, side, theme)
        self._column.addSpacing(12)
        self._column.addWidget(label("People", "heading"))
        self._column.addWidget(label(people_said(document["human"]), wrap=True))
        self._column.addStretch(1)
        self.setWidget(inner)

    def paint(self, theme: Theme) -> None:
        """Take the colours of `theme`."""
        for plot in self.plots:
            plot.paint(theme)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = self.width() >= TWO_COLUMNS
        direction = QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom
        for pair in self._pairs:
            pair.setDirection(direction)

    def _add_side(self, document: dict[str, Any], side: str, theme: Theme) -> None:
        if self.tables:
            self._column.addSpacing(12)
        self._column.addWidget(label(SIDES[side], "heading"))
        self.tables[side] = contrast_table(document, side)
        self._column.addWidget(self.tables[side])
        left = [c for c in document["contrasts"] if c["side"] == side and "why" in c]
        for sentence in findings(left):
            self._column.addWidget(label(sentence, "muted", wrap=True))
        for draws in zip_longest(method_plots(document, side), share_plots(document, side)):
            pair = QBoxLayout(QBoxLayout.Direction.TopToBottom)
            pair.setSpacing(24)
            for draw in draws:
                if draw is not None:
                    self.plots.append(PlotView(draw, theme))
                    pair.addWidget(self.plots[-1], 1, Qt.AlignmentFlag.AlignTop)
            self._pairs.append(pair)
            self._column.addLayout(pair)
        self._column.addWidget(label(KEY, "muted", wrap=True))


def contrast_table(document: dict[str, Any], side: str) -> QTableWidget:
    """Ours against the other methods on one side; all rows are in sight."""
    found = [c for c in document["contrasts"] if c["side"] == side and "why" not in c]
    table = QTableWidget(len(found), len(HEAD))
    show_rows(table, f"{SIDES[side]}: ours against the other methods")
    table.setHorizontalHeaderLabels(list(HEAD))
    table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    for row, contrast in enumerate(found):
        for column, text in enumerate(_cells(contrast)):
            table.setItem(row, column, _item(text, column))
        table.item(row, 0).setToolTip(plain_tip(measure_meaning(contrast["measure"])))
    for column, name in enumerate(HEAD):
        table.horizontalHeaderItem(column).setToolTip(plain_tip(TIPS.get(name, "")))
    head = table.horizontalHeader()
    head.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    head.setDefaultAlignment(RIGHT)
    for column in range(TEXTS):
        table.horizontalHeaderItem(column).setTextAlignment(LEFT)
    rows = sum(table.rowHeight(row) for row in range(len(found)))
    head.setStretchLastSection(False)
    bar = table.horizontalScrollBar().sizeHint().height()
    table.setFixedHeight(rows + head.sizeHint().height() + bar + 4)
    return table


def _cells(contrast: dict[str, Any]) -> tuple[str, ...]:
    return (
        measure_title(contrast["measure"]),
        title_of(contrast["other"], contrast["side"]),
        number(contrast["n"]),
        number(contrast["difference"]),
        interval(contrast["low"], contrast["high"]),
        number(contrast["effect"], 2),
        probability(contrast["t_q"]),
        probability(contrast["wilcoxon_q"]),
        f"{contrast['better'] / contrast['n']:.0%}",
    )


def _item(text: str, column: int) -> QTableWidgetItem:
    made = QTableWidgetItem(text)
    if column >= TEXTS:
        made.setTextAlignment(RIGHT)
    return made
