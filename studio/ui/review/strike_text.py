"""A sample's text whose tokens can be struck out, by a click or by the keyboard."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.ui.review.kept_keys import keeps_key
from studio.ui.review.text_block import TextBlock
from studio.ui.review.text_paint import TextPaint
from studio.ui.review.text_turns import TextShot
from studio.ui.theme import Theme, ThemeKeeper

TALLEST = 220


class StrikeText(QWidget):
    """`changed` tells that other tokens are struck; `struck` are their places in the sample's tokens."""

    changed = Signal()

    def __init__(self, themes: ThemeKeeper, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._block: TextBlock | None = None
        self.struck: set[int] = set()
        self.at = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Text to strike words from")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        themes.changed.connect(self._theme_changed)

    def show_shot(self, shot: TextShot) -> None:
        """Another text, whole and with nothing struck."""
        self._block = TextBlock(shot, self._themes.theme)
        self._block.opened = True
        self.struck, self.at = set(), 0
        self._lay_out()

    def clear(self) -> None:
        """Nothing is struck any more."""
        self.struck.clear()
        self.update()

    def toggle(self, token: int) -> None:
        """Strike a token, or take the stroke back."""
        self.at = token
        self.struck ^= {token}
        self._describe()
        self.update()
        self.changed.emit()

    def sizeHint(self) -> QSize:
        return QSize(300, 40 if self._block is None else min(round(self._block.height), TALLEST))

    def minimumSizeHint(self) -> QSize:
        return QSize(120, self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._block is None:
            return
        painter = QPainter(self)
        theme = self._themes.theme
        TextPaint(theme).paint(painter, [(self._block, 0.0)])
        for token in self.struck:
            for rect in self._block.rects_of(token):
                self._strike(painter, rect, theme)
        if self.hasFocus():
            painter.setPen(QPen(theme.color("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            for rect in self._block.rects_of(self.at):
                painter.drawRoundedRect(rect.adjusted(-3, -1, 3, 1), 4, 4)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus()
        token = None if self._block is None else self._block.token_at(*event.position().toTuple())
        if token is not None:
            self.toggle(token)

    def event(self, event: QEvent) -> bool:
        if keeps_key(event, (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Space)):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        count = 0 if self._block is None else len(self._block.shot.sample.tokens)
        if event.key() in steps and count:
            self.at = (self.at + steps[Qt.Key(event.key())]) % count
            self._describe()
            self.update()
        elif event.key() == Qt.Key.Key_Space and count:
            self.toggle(self.at)
        else:
            super().keyPressEvent(event)

    @staticmethod
    def _strike(painter: QPainter, rect: QRectF, theme: Theme) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        veil = theme.color("canvas")
        veil.setAlpha(150)
        painter.setBrush(veil)
        painter.drawRect(rect)
        painter.setPen(QPen(theme.color("danger"), 2))
        middle = rect.center().y() + 1
        painter.drawLine(QPointF(rect.left() - 1, middle), QPointF(rect.right() + 1, middle))

    def _lay_out(self) -> None:
        if self._block is not None:
            self._block.lay_out(max(self.width(), 60))
            self._describe()
            self.updateGeometry()
            self.update()

    def _describe(self) -> None:
        tokens = () if self._block is None else self._block.shot.sample.tokens
        word = tokens[self.at].strip() if self.at < len(tokens) else ""
        state = "struck" if self.at in self.struck else "not struck"
        self.setAccessibleDescription(f"{word}, {state}. {len(self.struck)} of {len(tokens)} words struck.")

    def _theme_changed(self, theme: Theme) -> None:
        if self._block is not None:
            self._block.set_theme(theme)
            self._lay_out()
