"""Text in a room of its own: another text moves nothing that stands round it, as long as it fits."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.ui.theme import Theme, ThemeKeeper

LEFT, RIGHT = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
TALLEST = 100_000
#: The least width of a line that may be cut.
CUT_TO = 24


class StillText(QWidget):
    """Plain text in one colour of the theme: a line that ends in an ellipsis where the room ends.

    A QLabel lays out its whole column anew with every text. This one never does; with a `width` in logical
    pixels only where the line needs more, and with several `lines` only where they do not suffice.
    """

    def __init__(
        self, themes: ThemeKeeper, font: QFont, color: str = "muted", width: int = 0, lines: int = 1,
        side: Qt.AlignmentFlag = LEFT, parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._color, self._width, self._lines, self._side = color, width, lines, side
        self._text, self._needed = "", 0
        kinds = QSizePolicy.Policy
        across = kinds.Fixed if width else kinds.Preferred
        policy = QSizePolicy(across, kinds.Preferred if lines > 1 else kinds.Fixed)
        policy.setHeightForWidth(lines > 1)
        self.setSizePolicy(policy)
        self.setFont(font)
        themes.changed.connect(self._theme_changed)
        self._theme_changed(themes.theme)

    def text(self) -> str:
        """What is shown."""
        return self._text

    def show_text(self, text: str, color: str = "") -> None:
        """Show `text`, in another `color` of the theme where one is given."""
        if (text, color or self._color) != (self._text, self._color):
            self._text, self._color = text, color or self._color
            self.setAccessibleName(text)
            self._fit()
            self.update()

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        if self._lines > 1:
            return QSize(CUT_TO, self.heightForWidth(max(self.width(), CUT_TO)))
        return QSize(max(self._width, self._needed, CUT_TO), metrics.height())

    def minimumSizeHint(self) -> QSize:
        if self._lines > 1:
            return QSize(0, self.fontMetrics().lineSpacing() * self._lines)
        return self.sizeHint()

    def heightForWidth(self, width: int) -> int:
        metrics, room = self.fontMetrics(), QRect(0, 0, width, TALLEST)
        wrapped = metrics.boundingRect(room, int(Qt.TextFlag.TextWordWrap), self._text)
        return max(metrics.lineSpacing() * self._lines, wrapped.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self._theme.color(self._color))
        flags, text = int(self._side | Qt.AlignmentFlag.AlignTop), self._text
        if self._lines > 1:
            flags |= int(Qt.TextFlag.TextWordWrap)
        else:
            text = self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), flags, text)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.updateGeometry()

    def _fit(self) -> None:
        """Tell the layout where the text needs another room than the last one."""
        needed = 0
        if self._lines > 1:
            needed = self.heightForWidth(max(self.width(), 1))
        elif self._width:
            # One more: where letters are not a whole number of pixels wide, the sum is rounded down.
            needed = self.fontMetrics().horizontalAdvance(self._text) + 1
        before, self._needed = self._needed, needed
        if max(before, self._least()) != max(needed, self._least()):
            self.updateGeometry()

    def _least(self) -> int:
        return self._width if self._lines == 1 else self.fontMetrics().lineSpacing() * self._lines

    def _theme_changed(self, theme: Theme) -> None:
        self._theme = theme
        self.update()
