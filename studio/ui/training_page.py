"""Live curves of an SAE in training: loss, FVU of both modalities, L0, dead latents, learning rate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

from studio.services.jobs import Job
from studio.ui.curve_series import Series
from studio.ui.job_runner import JobRunner
from studio.ui.labels import label
from studio.ui.plots_later import PlotsLater
from studio.ui.theme import Theme, ThemeKeeper

if TYPE_CHECKING:
    from studio.ui.curve_plots import CurvePlots

EMPTY = "Curves appear here while an SAE is trained. They are not kept once the window is closed."
REDRAW_MS = 100


class TrainingPage(QWidget):
    """Collects points as they arrive; draws ten times a second at most, and only what is in sight."""

    def __init__(self, runner: JobRunner, themes: ThemeKeeper, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "canvas")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # so that the search field does not take it
        self._themes = themes
        self._job: Job | None = None
        self.series: dict[str, Series] = {}
        self._plots: CurvePlots | None = None
        self._later = PlotsLater(themes, self)
        self._later.ready.connect(self._plots_ready)
        self._title = label("Training", "title")
        self._figures = label("", "muted")
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(REDRAW_MS)
        self._timer.timeout.connect(self._draw)
        self._build()
        runner.curve.connect(self._point)
        themes.changed.connect(self._paint)

    def _build(self) -> None:
        empty = label(EMPTY, "muted")
        empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._body = QWidget()
        layout = QVBoxLayout(self._body)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(8)
        layout.addWidget(self._title)
        layout.addWidget(self._figures)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(empty)
        self._stack.addWidget(self._body)

    def _point(self, job: Job, step: int, values: dict[str, float]) -> None:
        if job is not self._job:
            self._job = job
            self.series.clear()
        for name, value in values.items():
            self.series.setdefault(name, Series()).add(step, value)
        if not self._timer.isActive() and self.isVisible():
            self._timer.start()

    def showEvent(self, event: object) -> None:
        self._later.start()
        self._draw()

    def _plots_ready(self, plots: CurvePlots) -> None:
        self._plots = plots
        plots.paint(self._themes.theme)
        self._body.layout().addWidget(plots, 1)
        self._draw()

    def hideEvent(self, event: object) -> None:
        self._timer.stop()

    def _draw(self) -> None:
        if self._job is None or self._plots is None:
            return
        self._stack.setCurrentWidget(self._body)
        self._title.setText(self._job.title)
        self._figures.setText(self._summary())
        self._plots.draw(self.series)

    def _summary(self) -> str:
        names = {"fvu_image": "FVU image", "fvu_text": "FVU text", "l0": "L0", "dead": "dead"}
        shown = [f"{names[n]} {self.series[n].last:.3g}" for n in names if n in self.series]
        if "tokens_per_s" in self.series:
            shown.append(f"{self.series['tokens_per_s'].last:,.0f} tokens/s")
        return " · ".join(shown)

    def _paint(self, theme: Theme) -> None:
        if self._plots is not None:
            self._plots.paint(theme)
