"""Labels and lines that every panel uses. Text is plain text: a caption can load no file and lose no tag."""

from __future__ import annotations

import re

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QWidget

from studio.ui.theme import number_font

#: Letters in a row that fit the narrowest column.
LONGEST_WORD = 24
#: Where a line may break, though nothing is seen there.
BREAK = "\u200b"


def label(text: str = "", role: str = "", parent: QWidget | None = None, wrap: bool = False) -> QLabel:
    """A plain-text label; `role` is one of the stylesheet's ("muted", "heading", "title" ...)."""
    made = QLabel(parent)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setText(text)
    made.setWordWrap(wrap)
    if role:
        made.setProperty("role", role)
    return made


def breakable(text: str) -> str:
    """`text` for a label that wraps: longer words may break too, else they would widen the whole column."""
    return re.sub(rf"\S{{{LONGEST_WORD}}}(?=\S)", rf"\g<0>{BREAK}", text)


def number_label(text: str = "", role: str = "muted", parent: QWidget | None = None) -> QLabel:
    """A label in figures of equal width."""
    made = label(text, role, parent)
    made.setFont(number_font())
    return made


def line(parent: QWidget | None = None) -> QFrame:
    """A thin horizontal line."""
    made = QFrame(parent)
    made.setProperty("role", "line")
    made.setFixedHeight(1)
    return made


def set_role(widget: QWidget, role: str, name: str = "role") -> None:
    """Change a property that the stylesheet looks at, and let it look again."""
    if widget.property(name) != role:
        widget.setProperty(name, role)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


class ElidedLabel(QLabel):
    """A one-line plain-text label that ends in an ellipsis where the room ends; the tooltip has it all."""

    def __init__(
        self,
        text: str = "",
        role: str = "",
        parent: QWidget | None = None,
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
    ) -> None:
        super().__init__(parent)
        self._mode = mode
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        if role:
            self.setProperty("role", role)
        self.setText(text)

    def setText(self, text: str) -> None:
        super().setText(" ".join(text.split("\n")))

    def minimumSizeHint(self) -> QSize:
        return QSize(24, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        room = self.contentsRect()
        text = QFontMetrics(self.font()).elidedText(self.text(), self._mode, room.width())
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(room, int(self.alignment() | Qt.AlignmentFlag.AlignVCenter), text)


def duration(seconds: float) -> str:
    """A time left as people read it: "0:42", "12:05", "3:10 h"."""
    whole = max(round(seconds), 0)
    if whole >= 3600:
        return f"{whole // 3600}:{whole % 3600 // 60:02d} h"
    return f"{whole // 60}:{whole % 60:02d}"
