"""The plots of the training page (pyqtgraph, imported when the first curve is drawn)."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pyqtgraph as pg
from PySide6.QtWidgets import QGridLayout, QWidget

from studio.ui.curve_series import Series
from studio.ui.theme import Theme, number_font

#: Title, curves with their colour token and name, and 1 where the scale is logarithmic.
PLOTS = (
    (
        "FVU",
        (("fvu_image", "visual", "image"), ("fvu_text", "textual", "text"), ("fvu", "muted", "all")),
        True,
    ),
    ("Loss", (("loss", "accent", "loss"),), 1),
    ("L0", (("l0", "accent", "L0"),), 0),
    ("Dead latents", (("dead", "danger", "dead"),), 0),
    ("Learning rate", (("lr", "muted", "lr"),), 0),
    ("Tokens per second", (("tokens_per_s", "good", "tokens/s"),), 0),
)


class CurveAxis(pg.AxisItem):
    """On a logarithmic scale only 1, 2 and 5 of each decade are written, so that nothing overlaps."""

    def logTickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        texts = super().logTickStrings(values, scale, spacing)
        leading = [round(10 ** (value - math.floor(value + 1e-9))) for value in values]
        return [text if digit in (1, 2, 5) else "" for text, digit in zip(texts, leading)]


class CurvePlots(QWidget):
    """Six small plots, all over the training step."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._plots: list[pg.PlotWidget] = []
        self._curves: dict[str, tuple[pg.PlotDataItem, str]] = {}
        self._theme = theme
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(12)

    def add_next(self) -> bool:
        """Make one more plot; False once all of them stand. One at a time, so that the window never waits."""
        index = len(self._plots)
        if index == len(PLOTS):
            return False
        self._grid.addWidget(self._plot(*PLOTS[index]), index // 3, index % 3)
        self.paint(self._theme)
        return True

    def draw(self, series: Mapping[str, Series]) -> None:
        """Set the points of every curve there is."""
        for name, (curve, _) in self._curves.items():
            if name in series:
                curve.setData(series[name].steps, series[name].values)

    def paint(self, theme: Theme) -> None:
        """Take the colours of `theme`."""
        self._theme = theme
        for plot in self._plots:
            plot.setBackground(theme.color("card"))
            plot.setTitle(plot.accessibleName(), color=theme.tokens["muted"], size="10pt")
            for side in ("left", "bottom"):
                axis = plot.getAxis(side)
                axis.setPen(pg.mkPen(theme.color("line")))
                axis.setTextPen(pg.mkPen(theme.color("muted")))
            if plot.plotItem.legend is not None:
                for _, words in plot.plotItem.legend.items:
                    words.setText(words.text, color=theme.tokens["muted"])
        for curve, token in self._curves.values():
            curve.setPen(pg.mkPen(theme.color(token), width=1.5))

    def _plot(self, title: str, curves: tuple[tuple[str, str, str], ...], log: int) -> pg.PlotWidget:
        plot = pg.PlotWidget(axisItems={"left": CurveAxis("left")})
        plot.setAccessibleName(title)
        plot.setMenuEnabled(False)
        plot.setMouseEnabled(x=False, y=False)
        plot.hideButtons()
        plot.setLogMode(y=bool(log))
        plot.showGrid(x=False, y=True, alpha=0.15)
        for side in ("left", "bottom"):
            plot.getAxis(side).setTickFont(number_font(11))
        plot.getAxis("left").setWidth(56)
        if len(curves) > 1:
            plot.addLegend(offset=(-8, 8))
        for name, token, shown in curves:
            item = plot.plot(name=shown if len(curves) > 1 else None, antialias=True)
            item.setDownsampling(auto=True, method="peak")
            self._curves[name] = (item, token)
        self._plots.append(plot)
        return plot
