"""One example text: tokens shaded by strength, wrapped, each turn on its own, in any script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QFontMetricsF,
    QPainter,
    QTextCharFormat,
    QTextLayout,
    QTextOption,
)

from studio.domain.evidence import Example, StoredSample
from studio.domain.modality import Modality
from studio.ui.review.plain import role_name
from studio.ui.theme import Theme, number_font, text_font

GUTTER, PAD, LINE_GAP = 22, 7, 3
#: Tokens shown of a long text before it is opened, around the strongest one.
WINDOW = 64
FAINT, STRONG = 0.16, 0.92
#: The height of a block that was not laid out yet.
GUESS = 50.0
#: With the scroll bar and without it.
WIDTHS_KEPT = 2


@dataclass(frozen=True, slots=True)
class TextShot:
    """An example text. `peak` is the neuron's strongest text activation."""

    neuron: int
    example: Example
    sample: StoredSample
    peak: float


@dataclass(frozen=True, slots=True)
class _Span:
    """A token inside a turn: UTF-16 start and end without the spaces before it."""

    token: int
    start: int
    end: int


_Turn = tuple[str, QTextLayout, list[_Span]]


class TextBlock:
    """Laid out for a width by `lay_out`; `height` is in logical pixels."""

    def __init__(self, shot: TextShot, theme: Theme) -> None:
        self.shot = shot
        self.values = values_of(shot)
        self.opened = False
        self.height = GUESS
        self._theme = theme
        self._font: QFont = text_font(13)
        self._turns: list[_Turn] = []
        self._width = -1.0
        self._kept: dict[float, tuple[list[_Turn], float]] = {}

    @property
    def cut(self) -> bool:
        """Whether only a window of the text is shown."""
        return not self.opened and len(self.shot.sample.tokens) > WINDOW

    def set_theme(self, theme: Theme) -> None:
        """Other colours: laid out anew when next asked."""
        self._theme = theme
        self._forget()

    def toggle(self) -> None:
        """Open a long text whole, or close it again."""
        self.opened = not self.opened
        self._forget()

    def lay_out(self, width: float) -> float:
        """Break the text into lines for `width`; returns the height."""
        if width != self._width:
            self._width = width
            if width not in self._kept:
                if len(self._kept) >= WIDTHS_KEPT:
                    self._kept.clear()
                self._kept[width] = self._laid_out(width)
            self._turns, self.height = self._kept[width]
        return self.height

    def _laid_out(self, width: float) -> tuple[list[_Turn], float]:
        turns = [self._turn(role, tokens) for role, tokens in self._runs()]
        y = float(PAD)
        for _, layout, _ in turns:
            y = self._break(layout, y, max(width - GUTTER, 40))
        return turns, y + PAD - LINE_GAP + 1

    def _forget(self) -> None:
        self._width = -1.0
        self._kept.clear()

    def paint(self, painter: QPainter, x: float, y: float) -> None:
        """Draw at the place of the block's corner."""
        theme = self._theme
        for role, layout, spans in self._turns:
            if layout.lineCount() == 0:
                continue
            top = layout.lineAt(0).y()
            painter.setFont(number_font(11))
            painter.setPen(theme.color("muted"))
            letter = QRectF(x, y + top, GUTTER - 8, layout.lineAt(0).height())
            painter.drawText(letter, Qt.AlignmentFlag.AlignCenter, role_name(role)[:1].upper())
            for span in spans:
                if span.token in self.values:
                    self._shade(painter, layout, span, QPointF(x + GUTTER, y))
            painter.setPen(theme.color("text"))
            layout.draw(painter, QPointF(x + GUTTER, y))

    def token_at(self, x: float, y: float) -> int | None:
        """The token under a point of the block, None beside the text."""
        for _, layout, spans in self._turns:
            for number in range(layout.lineCount()):
                line = layout.lineAt(number)
                if line.y() <= y < line.y() + line.height() + LINE_GAP:
                    at = line.xToCursor(x - GUTTER, line.CursorPosition.CursorOnCharacter)
                    inside = 0 <= x - GUTTER <= line.naturalTextWidth()
                    return next((s.token for s in spans if s.start <= at < s.end), None) if inside else None
        return None

    def rects_of(self, token: int) -> list[QRectF]:
        """Where a token stands in the block."""
        found: list[QRectF] = []
        for _, layout, spans in self._turns:
            for span in spans:
                if span.token == token:
                    found += [rect.translated(GUTTER, 0) for rect in line_rects(layout, span.start, span.end)]
        return found

    def _shade(self, painter: QPainter, layout: QTextLayout, span: _Span, at: QPointF) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(shade(self._theme, self._strength(span.token)))
        for rect in line_rects(layout, span.start, span.end):
            painter.drawRoundedRect(rect.translated(at).adjusted(-2, 0, 2, 0), 4, 4)

    def _strength(self, token: int) -> float:
        return min(self.values[token] / max(self.shot.peak, 1e-12), 1.0)

    def _runs(self) -> list[tuple[str, list[int]]]:
        """Tokens of each turn: of the whole text, or of the window around the strongest."""
        tokens, roles = self.shot.sample.tokens, self.shot.sample.roles
        first, last = 0, len(tokens)
        if self.cut:
            first = max(0, min(strongest(self.values) - WINDOW // 2, len(tokens) - WINDOW))
            last = first + WINDOW
        runs: list[tuple[str, list[int]]] = []
        for token in range(first, last):
            role = roles[token] if token < len(roles) else ""
            if not runs or runs[-1][0] != role:
                runs.append((role, []))
            runs[-1][1].append(token)
        return runs

    def _turn(self, role: str, tokens: Sequence[int]) -> _Turn:
        pieces, spans, at = [], [], 0
        if self.cut and tokens[0] > 0:
            pieces.append("… ")
            at = 2
        for token in tokens:
            piece = one_line(self.shot.sample.tokens[token])
            bare = piece.lstrip(" ") if at else (piece := piece.lstrip(" "))
            start = at + (units(piece) - units(bare))
            at += units(piece)
            pieces.append(piece)
            spans.append(_Span(token, start, max(at - (units(bare) - units(bare.rstrip(" "))), start)))
        if self.cut and tokens[-1] + 1 < len(self.shot.sample.tokens):
            pieces.append(" …")
        layout = QTextLayout("".join(pieces), self._font)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        option.setTextDirection(Qt.LayoutDirection.LayoutDirectionAuto)
        layout.setTextOption(option)
        layout.setFormats([self._ink(span) for span in spans if span.token in self.values])
        return role, layout, spans

    def _ink(self, span: _Span) -> QTextLayout.FormatRange:
        made = QTextLayout.FormatRange()
        made.start, made.length = span.start, span.end - span.start
        style = QTextCharFormat()
        style.setForeground(QBrush(readable_on(shade(self._theme, self._strength(span.token)))))
        made.format = style
        return made

    @staticmethod
    def _break(layout: QTextLayout, y: float, width: float) -> float:
        layout.beginLayout()
        while (line := layout.createLine()).isValid():
            line.setLineWidth(width)
            line.setPosition(QPointF(0, y))
            y += line.height() + LINE_GAP
        layout.endLayout()
        return y


def line_rects(layout: QTextLayout, start: int, end: int) -> list[QRectF]:
    """Where the characters start to end stand, a rectangle a line."""
    found = []
    for number in range(layout.lineCount()):
        line = layout.lineAt(number)
        a, b = max(start, line.textStart()), min(end, line.textStart() + line.textLength())
        if a < b:
            x0, x1 = _x(line, a), _x(line, b)
            found.append(QRectF(min(x0, x1), line.y(), abs(x1 - x0), line.height()))
    return found


def _x(line: object, at: int) -> float:
    place = line.cursorToX(at)  # type: ignore[attr-defined]
    return float(place[0] if isinstance(place, tuple) else place)


def values_of(shot: TextShot) -> dict[int, float]:
    """Activation of each text token that fires."""
    found = shot.example.map
    pairs = zip(found.text_index.tolist(), found.text_value.tolist(), strict=True)
    return {index: value for index, value in pairs if index < len(shot.sample.tokens)}


def strongest(values: dict[int, float]) -> int:
    """The token that fires most; the first of equals, 0 when none does."""
    return max(values, key=lambda token: (values[token], -token), default=0)


def units(text: str) -> int:
    """Length in UTF-16 units, which is how Qt counts."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def one_line(piece: str) -> str:
    """A token without line breaks and other control characters, of the same length."""
    if piece.isprintable():
        return piece
    return "".join(c if c.isprintable() or ord(c) > 0xFF else " " for c in piece)


def shade(theme: Theme, strength: float) -> QColor:
    """The ground of a token: the textual colour over the canvas, the stronger the fuller."""
    share = FAINT + (STRONG - FAINT) * strength
    full, ground = theme.modality(Modality.TEXTUAL), theme.color("canvas")
    mixed = (
        round(g * (1 - share) + f * share)
        for f, g in zip(full.getRgb()[:3], ground.getRgb()[:3], strict=True)
    )
    return QColor(*mixed)


def luminance(color: QColor) -> float:
    """Relative luminance of WCAG 2."""
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in color.getRgbF()[:3]]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def readable_on(ground: QColor) -> QColor:
    """Black or white, whichever stands out more: at least 4.5 : 1 on any ground."""
    dark, light = QColor("#000000"), QColor("#ffffff")
    level = luminance(ground) + 0.05
    return dark if level / (luminance(dark) + 0.05) > (luminance(light) + 0.05) / level else light


def text_height() -> float:
    """The height of one line of example text."""
    return QFontMetricsF(text_font(13)).height()
