"""A plot of the report, drawn in the colours of the theme."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree import ElementTree

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.services.study.plots import Colours
from studio.ui.theme import Theme

WIDEST = 760
NAMES = {
    "text": "text",
    "muted": "muted",
    "line": "line",
    "ours": "textual",
    "other": "unclear",
    "same": "track",
    "worse": "visual",
}


class PlotView(QWidget):
    """`draw` makes the SVG from colours; it is called again when the theme changes."""

    def __init__(self, draw: Callable[[Colours], str], theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._draw, self._svg = draw, QSvgRenderer(self)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.paint(theme)

    def paint(self, theme: Theme) -> None:
        """Take the colours of `theme`."""
        svg = self._draw({name: theme.tokens[token] for name, token in NAMES.items()})
        self._svg.load(svg.encode())
        title, said = (child.text or "" for child in list(ElementTree.fromstring(svg))[:2])
        self.setAccessibleName(title)
        self.setAccessibleDescription(said)
        self._fit()
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._svg.render(painter, QRectF(0, 0, self._width(), self._height()))

    def _width(self) -> float:
        return min(self.width(), WIDEST)

    def _height(self) -> float:
        size = self._svg.defaultSize()
        return self._width() * size.height() / max(size.width(), 1)

    def _fit(self) -> None:
        self.setFixedHeight(max(1, round(self._height())))
