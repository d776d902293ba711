"""The page of the threshold sweep: how the counts of each class move, and classing by another threshold."""

from __future__ import annotations

import importlib
import threading
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from studio.domain.changes import Changes
from studio.domain.errors import DataError
from studio.domain.modality import Modality
from studio.services.line_agreement import LineAgreement, line_agreement
from studio.services.sweep import Sweep, choose_threshold, sweep
from studio.ui.bound import Bound
from studio.ui.labels import label, number_label
from studio.ui.loaded_page import LoadedPage
from studio.ui.number_box import give_room
from studio.ui.pages import PageTools
from studio.ui.review.plain import plain_tip
from studio.ui.theme import Theme

if TYPE_CHECKING:
    from studio.ui.sweep.plot import SweepPlot

EMPTY = "The sweep appears here once the proposals are scored."
SCALES = {"Mean cosine": "cosine", "z against the background": "z"}
LOOK_EVERY_MS = 30
VALUE_WIDTH = 88


class SweepPage(LoadedPage):
    """Counts of each class by threshold, and what follows from another one."""

    what, EMPTY, OFFER = "The sweep", EMPTY, "Run the pipeline again"

    def __init__(self, tools: PageTools, parent: QWidget | None = None) -> None:
        super().__init__(tools, parent)
        self._runner, self._themes = tools.runner, tools.themes
        self.sweep: Sweep | None = None
        self.plot: SweepPlot | None = None
        self._importing = threading.Thread(target=import_plot, name="import", daemon=True)
        self._timer = QTimer(self, interval=LOOK_EVERY_MS)
        self._timer.timeout.connect(self._look)
        self._make()
        self._build()
        tools.themes.changed.connect(self._paint)

    def _make(self) -> None:
        self.run_button = self.nothing.button
        Bound(self.run_button, "run.resume", self.tools.actions)
        self.scale = QComboBox()
        self.scale.addItems(list(SCALES))
        self.scale.setAccessibleName("Scale")
        self.scale.currentTextChanged.connect(lambda _scale: self.load())
        self.value = QDoubleSpinBox(decimals=2, singleStep=0.01, keyboardTracking=True)
        give_room(self.value)
        self.value.setAccessibleName("Threshold")
        self.value.setMinimumWidth(VALUE_WIDTH)
        self.value.valueChanged.connect(self._value_changed)
        self.button = QPushButton("Class by this threshold")
        self.button.clicked.connect(self._choose)
        self.counts, self.follows = number_label("", ""), label("", "muted", wrap=True)
        self.agreement = label("", "muted", wrap=True)

    def _build(self) -> None:
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        column.addWidget(label("Threshold sweep", "title"))
        column.addWidget(self.follows)
        line = QHBoxLayout()
        for part in (label("Scale"), self.scale, label("Threshold"), self.value, self.button):
            line.addWidget(part)
        line.addStretch(1)
        column.addLayout(line)
        column.addWidget(self.counts)
        column.addWidget(self.agreement)
        self._plot_place = column
        self.show_over(body)

    def showEvent(self, event: object) -> None:
        if self._importing.ident is None:
            self._importing.start()
            self._timer.start()
        super().showEvent(event)

    def clear(self) -> None:
        self.sweep = None

    def _look(self) -> None:
        if self._importing.is_alive():
            return
        self._timer.stop()
        self.plot = import_plot().SweepPlot(self._themes.theme)
        self.plot.moved.connect(self.value.setValue)
        self._plot_place.addWidget(self.plot, 1)
        self._draw()

    def ask(self) -> None:
        scale = SCALES[self.scale.currentText()]
        self.read("Sweeping thresholds", sweep, scale, done=self._loaded)
        self.read("Comparing lines", line_agreement, done=self._compared, failed=lambda _error: None)

    def concerns(self, changes: Changes) -> bool:
        return bool(changes.scores or changes.everything or changes.rules)

    def nothing_yet(self, error: BaseException) -> str:
        return str(error) if isinstance(error, DataError) else ""

    def _loaded(self, found: Sweep) -> None:
        fresh = self.sweep is None or self.sweep.scale != found.scale
        self.sweep = found
        self.show_body()
        self.value.setRange(float(found.thresholds[0]), float(found.thresholds[-1]))
        if fresh and found.rule.scale == found.scale:
            self.value.setValue(found.rule.threshold)
        self.follows.setText(
            f"An alignment counts as evidence above a threshold. The project follows {found.rule.words}."
        )
        self._draw()

    def _compared(self, found: LineAgreement) -> None:
        """How often lines 1 and 3 agree under the classes of now; the tooltip says why not."""
        self.agreement.setText(found.sentence)
        self.agreement.setToolTip(plain_tip(found.summary()))
        self.agreement.setAccessibleDescription(found.summary())

    def _draw(self) -> None:
        if self.sweep is None:
            return
        if self.plot is not None:
            self.plot.draw(self.sweep)
        self._value_changed()

    def _value_changed(self, _value: float = 0.0) -> None:
        if self.sweep is None:
            return
        threshold = self.value.value()
        if self.plot is not None:
            self.plot.set_threshold(threshold)
        place = int(abs(self.sweep.thresholds - threshold).argmin())
        counts = self.sweep.counts[place].tolist()
        said = [f"{m.letter} {n:,} {m.value}" for m, n in zip(Modality, counts)]
        self.counts.setText("   ".join(said) + f" ({100 * counts[-1] / max(sum(counts), 1):.0f} %)")

    def _choose(self) -> None:
        if self.sweep is not None:
            arguments = self.value.value(), self.sweep.scale
            self.read_open("Classing by another threshold", choose_threshold, *arguments, done=self._chosen)

    def _chosen(self, _changes: Changes) -> None:
        self.load()

    def _paint(self, theme: Theme) -> None:
        if self.plot is not None:
            self.plot.paint(theme)


def import_plot() -> Any:
    """The module of the plot; quick once it was imported."""
    return importlib.import_module("studio.ui.sweep.plot")
