"""One example text: tokens shaded by strength, wrapped, each turn on its own, in any script."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QTextCharFormat, QTextLayout, QTextLine, QTextOption

from studio.ui.review.plain import role_name
from studio.ui.review.text_turns import Span, TextShot, Turn, is_long, turns_of, values_of
from studio.ui.review.token_ink import readable_on, shade
from studio.ui.theme import Theme, text_font

GUTTER, PAD, LINE_GAP = 22, 7, 3
#: The height of a block that was not laid out yet.
GUESS = 50.0
#: With the scroll bar and without it.
WIDTHS_KEPT = 2
MIDDLE = Qt.AlignmentFlag.AlignCenter


@dataclass(frozen=True, slots=True)
class Laid:
    """A block broken into lines for a width, and all that painting it needs, from the block's corner on."""

    turns: tuple[tuple[Turn, QTextLayout], ...]
    height: float
    letters: tuple[tuple[QRectF, str], ...] = ()
    grounds: tuple[tuple[QRectF, QColor], ...] = ()


class TextBlock:
    """Laid out for a width by `lay_out`; `height` is in logical pixels."""

    def __init__(self, shot: TextShot, theme: Theme) -> None:
        self.shot = shot
        self.values = values_of(shot)
        self.opened = False
        self._theme = theme
        self._now = Laid((), GUESS)
        self._kept: dict[float, Laid] = {}

    @property
    def height(self) -> float:
        return self._now.height

    @property
    def cut(self) -> bool:
        """Whether only a window of the text is shown."""
        return not self.opened and is_long(self.shot)

    def set_theme(self, theme: Theme) -> None:
        """Other colours or another size of text: laid out anew when next asked."""
        self._theme = theme
        self._kept.clear()

    def toggle(self) -> None:
        """Open a long text whole, or close it again."""
        self.opened = not self.opened
        self._kept.clear()

    def lay_out(self, width: float) -> float:
        """Break the text into lines for `width`; returns the height."""
        found = self._kept.get(width)
        if found is None:
            if len(self._kept) >= WIDTHS_KEPT:
                self._kept.clear()
            found = self._kept[width] = self._laid_out(width)
        self._now = found
        return found.height

    def paint_grounds(self, painter: QPainter) -> None:
        """The shades of the tokens, with no pen, from the painter's origin."""
        for rect, color in self._now.grounds:
            painter.setBrush(color)
            painter.drawRoundedRect(rect, 4, 4)

    def paint_words(self, painter: QPainter) -> None:
        """The words, in the pen's colour where a token does not fire."""
        for _, layout in self._now.turns:
            layout.draw(painter, QPointF(GUTTER, 0))

    def paint_letters(self, painter: QPainter) -> None:
        """The letter of each turn's role, in the font and colour that are set."""
        for rect, letter in self._now.letters:
            painter.drawText(rect, MIDDLE, letter)

    def token_at(self, x: float, y: float) -> int | None:
        """The token under a point of the block, None beside the text."""
        for turn, layout in self._now.turns:
            for line in _lines(layout):
                if line.y() <= y < line.y() + line.height() + LINE_GAP:
                    at = line.xToCursor(x - GUTTER, line.CursorPosition.CursorOnCharacter)
                    inside = 0 <= x - GUTTER <= line.naturalTextWidth()
                    return next((s.token for s in turn.spans if s.start <= at < s.end and inside), None)
        return None

    def rects_of(self, token: int) -> list[QRectF]:
        """Where a token stands in the block."""
        found: list[QRectF] = []
        for turn, layout in self._now.turns:
            for span in turn.spans:
                if span.token == token:
                    found += _rects(layout, span)
        return found

    def _laid_out(self, width: float) -> Laid:
        turns, y = [], float(PAD)
        for turn in turns_of(self.shot, self.values, self.opened):
            layout = self._layout(turn)
            y = _break(layout, y, max(width - GUTTER, 40))
            turns.append((turn, layout))
        letters, grounds = map(_letter, turns), (ground for pair in turns for ground in self._grounds(*pair))
        return Laid(tuple(turns), y + PAD - LINE_GAP + 1, tuple(filter(None, letters)), tuple(grounds))

    def _layout(self, turn: Turn) -> QTextLayout:
        layout = QTextLayout(turn.text, text_font(13))
        # Painted again and again: the shapes of the letters are found once.
        layout.setCacheEnabled(True)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        option.setTextDirection(Qt.LayoutDirection.LayoutDirectionAuto)
        layout.setTextOption(option)
        layout.setFormats([self._ink(span) for span in turn.spans if span.token in self.values])
        return layout

    def _ink(self, span: Span) -> QTextLayout.FormatRange:
        made = QTextLayout.FormatRange()
        made.start, made.length = span.start, span.end - span.start
        style = QTextCharFormat()
        style.setForeground(QBrush(readable_on(self._shade(span.token))))
        made.format = style
        return made

    def _grounds(self, turn: Turn, layout: QTextLayout) -> Iterator[tuple[QRectF, QColor]]:
        for span in turn.spans:
            if span.token in self.values:
                for rect in _rects(layout, span):
                    yield rect.adjusted(-2, 0, 2, 0), self._shade(span.token)

    def _shade(self, token: int) -> QColor:
        return shade(self._theme, min(self.values[token] / max(self.shot.peak, 1e-12), 1.0))


def _letter(laid: tuple[Turn, QTextLayout]) -> tuple[QRectF, str] | None:
    turn, layout = laid
    if layout.lineCount() == 0:
        return None
    line = layout.lineAt(0)
    return QRectF(0, line.y(), GUTTER - 8, line.height()), role_name(turn.role)[:1].upper()


def _break(layout: QTextLayout, y: float, width: float) -> float:
    """Break a turn into lines from `y` on; where the next turn begins."""
    layout.beginLayout()
    while (line := layout.createLine()).isValid():
        line.setLineWidth(width)
        line.setPosition(QPointF(0, y))
        y += line.height() + LINE_GAP
    layout.endLayout()
    return y


def _lines(layout: QTextLayout) -> Iterator[QTextLine]:
    return (layout.lineAt(number) for number in range(layout.lineCount()))


def _rects(layout: QTextLayout, span: Span) -> list[QRectF]:
    """Where a token stands, a rectangle a line, from the block's corner on."""
    found = []
    for line in _lines(layout):
        a, b = max(span.start, line.textStart()), min(span.end, line.textStart() + line.textLength())
        if a < b:
            x0, x1 = _x(line, a), _x(line, b)
            found.append(QRectF(GUTTER + min(x0, x1), line.y(), abs(x1 - x0), line.height()))
    return found


def _x(line: QTextLine, at: int) -> float:
    place = line.cursorToX(at)
    return float(place[0] if isinstance(place, tuple) else place)
