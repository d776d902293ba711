"""Paints blocks of example text, all of one kind together: pen and font are set once, not once a block."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter

from studio.ui.review.text_block import TextBlock
from studio.ui.theme import Theme, number_font, text_font

Placed = tuple[TextBlock, float]


class TextPaint:
    """Colours and fonts of a theme, looked up once."""

    def __init__(self, theme: Theme) -> None:
        self.text, self.muted, self.line = (theme.color(name) for name in ("text", "muted", "line"))
        self.small = number_font(11)
        self.text_height = round(QFontMetricsF(text_font(13)).height())

    def paint(self, painter: QPainter, placed: Iterable[Placed]) -> None:
        """Draw blocks, each at its height."""
        placed = list(placed)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        _each(painter, placed, TextBlock.paint_grounds)
        painter.setPen(self.text)
        _each(painter, placed, TextBlock.paint_words)
        painter.setPen(self.muted)
        painter.setFont(self.small)
        _each(painter, placed, TextBlock.paint_letters)


def _each(painter: QPainter, placed: list[Placed], draw: Callable[[TextBlock, QPainter], None]) -> None:
    for block, y in placed:
        painter.translate(QPointF(0, y))
        draw(block, painter)
        painter.translate(QPointF(0, -y))
