"""The plot of the sweep (pyqtgraph, imported when the page is first shown)."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from studio.domain.modality import Modality
from studio.services.sweep import PAPER, Sweep
from studio.ui.theme import Theme, number_font


class SweepPlot(pg.PlotWidget):
    """Class counts over thresholds; `moved` carries the threshold under the line that the user drags."""

    moved = Signal(float)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Neurons of each class over the threshold")
        self.setMenuEnabled(False)
        self.setMouseEnabled(x=False, y=False)
        self.hideButtons()
        self.showGrid(x=False, y=True, alpha=0.15)
        self.getAxis("left").setWidth(56)
        self.getAxis("bottom").setHeight(44)
        for side in ("left", "bottom"):
            self.getAxis(side).setTickFont(number_font(11))
        self.addLegend(offset=(-16, 120))  # below the line of the unclear, which ends at the top
        self._band = pg.LinearRegionItem(PAPER, movable=False)
        self._band.setZValue(-10)
        self._band.setToolTip("The range of thresholds of the paper, 0.4 to 0.9")
        self.addItem(self._band)
        self._curves = {m: self.plot(name=f"{m.letter} {m.value}", antialias=True) for m in Modality}
        self._now = pg.InfiniteLine(angle=90)
        self._line = pg.InfiniteLine(angle=90, movable=True)
        for item in (self._now, self._line):
            self.addItem(item)
        self._line.sigPositionChanged.connect(lambda line: self.moved.emit(float(line.value())))
        self.paint(theme)

    def draw(self, sweep: Sweep) -> None:
        """Show the counts of a sweep, and where the project's threshold is, if it is on this scale."""
        low, high = float(sweep.thresholds[0]), float(sweep.thresholds[-1])
        for place, curve in enumerate(self._curves.values()):
            curve.setData(sweep.thresholds, sweep.counts[:, place])
        self._band.setVisible(sweep.scale == "cosine")
        self._now.setVisible(sweep.scale == sweep.rule.scale)
        self._now.setValue(sweep.rule.threshold)
        self._line.setBounds((low, high))
        self.setXRange(low, high, padding=0.02)
        self.setYRange(0, max(1, int(sweep.counts.max())), padding=0.06)
        self._words("bottom", "Mean cosine" if sweep.scale == "cosine" else "z against the background")

    def set_threshold(self, threshold: float) -> None:
        """Put the line there without telling that it moved."""
        self._line.blockSignals(True)
        self._line.setValue(threshold)
        self._line.blockSignals(False)

    def paint(self, theme: Theme) -> None:
        """Take the colours of `theme`."""
        self._theme = theme
        self.setBackground(theme.color("card"))
        for side in ("left", "bottom"):
            self.getAxis(side).setPen(pg.mkPen(theme.color("line")))
            self.getAxis(side).setTextPen(pg.mkPen(theme.color("muted")))
        self._words("left", "Neurons")
        self._words("bottom", self.getAxis("bottom").labelText or "")
        for modality, curve in self._curves.items():
            curve.setPen(pg.mkPen(theme.modality(modality), width=2))
        for _, words in self.plotItem.legend.items:
            words.setText(words.text, color=theme.tokens["text"])
        shade = theme.color("muted")
        shade.setAlpha(26)
        self._band.setBrush(shade)
        for edge in self._band.lines:
            edge.setPen(pg.mkPen(None))
        self._now.setPen(pg.mkPen(theme.color("muted"), style=Qt.PenStyle.DashLine))
        self._line.setPen(pg.mkPen(theme.color("accent"), width=2))
        self._line.setHoverPen(pg.mkPen(theme.color("accent"), width=4))

    def _words(self, side: str, text: str) -> None:
        self.getAxis(side).setLabel(text, color=self._theme.tokens["muted"])
