"""Text in a room of its own: another text moves nothing that stands round it, as long as it fits."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.ui.theme import Theme, ThemeKeeper

LEFT, RIGHT = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
TALLEST = 100_000


class StillText(QWidget):
    """Plain text in one colour of the theme.

    A QLabel lays out its whole column anew with every text; this one only where the text needs more than
    `width` logical pixels (of one line), or more than `lines` lines.
    """

    def __init__(
        self, themes: ThemeKeeper, font: QFont, color: str = "muted", width: int = 0, lines: int = 1,
        side: Qt.AlignmentFlag = LEFT, parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._color, self._least, self._lines = color, width, lines
        self._flags = int(side | (Qt.TextFlag.TextWordWrap if lines > 1 else Qt.TextFlag.TextSingleLine))
        self._text, self._room = "", 0
        across = QSizePolicy.Policy.Preferred if lines > 1 or not width else QSizePolicy.Policy.Fixed
        policy = QSizePolicy(across, QSizePolicy.Policy.Preferred if lines > 1 else QSizePolicy.Policy.Fixed)
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
        if (text, color or self._color) == (self._text, self._color):
            return
        self._text, self._color = text, color or self._color
        self.setAccessibleName(text)
        if self._needed() != self._room:
            self._room = self._needed()
            self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        if self._lines > 1:
            return QSize(self._least, self.heightForWidth(max(self.width(), self._least)))
        return QSize(max(self._least, self._advance()), self._metrics().height())

    def minimumSizeHint(self) -> QSize:
        least = self._metrics().lineSpacing() * self._lines
        return QSize(0, least) if self._lines > 1 else self.sizeHint()

    def heightForWidth(self, width: int) -> int:
        least = self._metrics().lineSpacing() * self._lines
        return max(
            least, self._metrics().boundingRect(QRect(0, 0, width, TALLEST), self._flags, self._text).height()
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self._theme.color(self._color))
        painter.drawText(self.rect(), self._flags | int(Qt.AlignmentFlag.AlignTop), self._text)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._room = self._needed()
            self.updateGeometry()

    def _needed(self) -> int:
        """What the layout has to know: the height of several lines, the width of one."""
        if self._lines > 1:
            return self.heightForWidth(max(self.width(), 1))
        return max(self._least, self._advance())

    def _advance(self) -> int:
        return self._metrics().horizontalAdvance(self._text)

    def _metrics(self) -> QFontMetrics:
        return self.fontMetrics()

    def _theme_changed(self, theme: Theme) -> None:
        self._theme = theme
        self.update()
