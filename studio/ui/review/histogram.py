"""The activation histogram of a neuron over all samples: images and texts, both axes logarithmic."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.domain.modality import Modality
from studio.domain.neuron import histogram_edges
from studio.services.neuron_detail import NeuronDetail
from studio.ui.theme import Theme, ThemeKeeper, number_font

SIDES = (("image", Modality.VISUAL), ("text", Modality.TEXTUAL))


class Histogram(QWidget):
    """Counts of active tokens over activation, a filled step line a side."""

    def __init__(self, themes: ThemeKeeper, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._edges = np.log10(histogram_edges())
        self._plot = pg.PlotWidget()
        self._plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._plot.setFrameShape(pg.PlotWidget.Shape.NoFrame)
        self._plot.setMenuEnabled(False)
        self._plot.setMouseEnabled(x=False, y=False)
        self._plot.hideButtons()
        self._plot.getPlotItem().setContentsMargins(0, 0, 4, 0)
        self.setAccessibleName("Activation histogram of all samples")
        self._curves = {name: self._curve() for name, _ in SIDES}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._plot)
        themes.changed.connect(self.paint)
        self.paint(themes.theme)

    def show_detail(self, detail: NeuronDetail) -> None:
        """Draw the two histograms of a neuron."""
        counts = {"image": detail.image.histogram, "text": detail.text.histogram}
        first, last = shown_bins(counts["image"] + counts["text"])
        edges = self._edges[first : last + 1]
        top = max((int(c.max(initial=0)) for c in counts.values()), default=0)
        for name, curve in self._curves.items():
            levels = np.log10(counts[name][first:last] + 1.0)
            curve.setData(edges, levels, stepMode="center", fillLevel=0)
        view = self._plot.getPlotItem().getViewBox()
        view.setRange(xRange=(edges[0], edges[-1]), yRange=(0, np.log10(top + 1.0) * 1.05 or 1), padding=0)
        self._ticks(edges, top)
        self.setAccessibleDescription(
            f"{detail.image.tokens} image tokens and {detail.text.tokens} text tokens fire"
        )

    def paint(self, theme: Theme) -> None:
        """Take the colours of `theme`."""
        self._plot.setBackground(theme.color("canvas"))
        for side in ("left", "bottom"):
            axis = self._plot.getAxis(side)
            axis.setPen(pg.mkPen(theme.color("line")))
            axis.setTextPen(pg.mkPen(theme.color("muted")))
            axis.setTickFont(number_font(10))
            axis.setStyle(tickLength=-4, tickTextOffset=4)
        self._plot.getAxis("left").setWidth(34)
        self._plot.getAxis("bottom").setHeight(20)
        for name, modality in SIDES:
            color = theme.modality(modality)
            fill = blend(color, theme.color("canvas"))
            self._curves[name].setPen(pg.mkPen(color))
            self._curves[name].setBrush(pg.mkBrush(fill))

    def _curve(self) -> pg.PlotCurveItem:
        curve = pg.PlotCurveItem([0.0, 1.0], [0.0], stepMode="center", fillLevel=0)
        self._plot.addItem(curve)
        return curve

    def _ticks(self, edges: NDArray[np.float64], top: int) -> None:
        decades = np.arange(np.ceil(edges[0]), np.floor(edges[-1]) + 1)
        bottom = [(float(d), f"{10.0**d:g}") for d in decades]
        if len(bottom) < 2:
            bottom = [(float(e), f"{10.0**e:.2g}") for e in (edges[0], edges[-1])]
        powers = range(int(np.log10(top + 1.0)) + 1)
        self._plot.getAxis("bottom").setTicks([bottom])
        self._plot.getAxis("left").setTicks(
            [[(float(np.log10(10.0**p + 1.0)), short_count(10**p)) for p in powers]]
        )


def blend(color: QColor, ground: QColor) -> QColor:
    """A third of `color` over `ground`, opaque: a translucent fill takes several times as long to paint."""
    parts = zip(color.getRgb()[:3], ground.getRgb()[:3], strict=True)
    return QColor(*(round(c * 0.35 + g * 0.65) for c, g in parts))


def shown_bins(counts: NDArray[np.int64]) -> tuple[int, int]:
    """The stretch of bins that holds every count, with one empty bin at each side; all when there is none."""
    filled = np.flatnonzero(counts)
    if not len(filled):
        return 0, len(counts)
    return max(int(filled[0]) - 1, 0), min(int(filled[-1]) + 2, len(counts))


def short_count(count: int) -> str:
    """1, 10, 100, 1k, 10k, 1M."""
    for size, letter in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if count >= size:
            return f"{count // size}{letter}"
    return str(count)
