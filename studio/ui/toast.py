"""A word at the lower edge of the window, with one thing to do about it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEasingCurve, QEvent, QObject, QPropertyAnimation, Qt, QTimer
from PySide6.QtGui import QAccessible, QAccessibleEvent, QEnterEvent, QHideEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QGraphicsOpacityEffect, QHBoxLayout, QPushButton, QWidget

from studio.ui.labels import label
from studio.ui.theme import moves

STAYS_MS, FADES_MS, GAP = 8000, 160, 48


class Toast(QFrame):
    """Lies over its parent, takes no focus, and goes after a while, not while mouse or focus is on it.

    A screen reader is told the words when they come. Where the desktop asks for less motion it does not fade.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("role", "toast")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.words = label("")
        self.button = QPushButton()
        self.button.setProperty("role", "link")
        self.button.setAccessibleName("Undo")
        # Reached with Tab or the mouse, never given the focus by a click: the keys of the review go on.
        self.button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.button.clicked.connect(self._act)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 8, 8, 8)
        row.setSpacing(16)
        row.addWidget(self.words)
        row.addWidget(self.button)
        self._do: Callable[[], object] | None = None
        self._timer = QTimer(self, singleShot=True, interval=STAYS_MS)
        self._timer.timeout.connect(self._leave)
        self._effect = QGraphicsOpacityEffect(self)
        self.setGraphicsEffect(self._effect)
        self._fade = QPropertyAnimation(self._effect, b"opacity", self)
        self._fade.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._fade.finished.connect(self._faded)
        parent.installEventFilter(self)
        self.hide()

    def tell(self, text: str, act: str = "", do: Callable[[], object] | None = None) -> None:
        """Show `text`; with `act`, a button of this name calls `do`."""
        self.words.setText(text)
        self.button.setVisible(bool(act))
        self.button.setText(act)
        self.button.setAccessibleName(f"{act}: {text}" if act else text)
        self.setAccessibleName(text)
        self._do = do
        self.adjustSize()
        self._place()
        self.show()
        self.raise_()
        self._fade_to(1.0)
        self._timer.start()
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    def dismiss(self) -> None:
        """Take it away: what it offers does not hold any more."""
        self.hide()

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self._timer.stop()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        if self.isVisible():
            self._timer.start()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """Its page went away, or it did: no timer goes on."""
        super().hideEvent(event)
        self._timer.stop()
        self._fade.stop()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return False

    def _act(self) -> None:
        do, self._do = self._do, None
        self.dismiss()
        if do is not None:
            do()

    def _leave(self) -> None:
        if self.underMouse() or self.button.hasFocus():
            self._timer.start()
        else:
            self._fade_to(0.0)

    def _fade_to(self, end: float) -> None:
        self._fade.stop()
        if not moves():
            self._effect.setOpacity(1.0)
            self.setVisible(end > 0)
            return
        self._fade.setDuration(FADES_MS)
        self._fade.setStartValue(self._effect.opacity() if end == 0 else 0.0)
        self._fade.setEndValue(end)
        self._fade.start()

    def _faded(self) -> None:
        if self._effect.opacity() == 0:
            self.hide()

    def _place(self) -> None:
        room = self.parentWidget().rect()
        size = self.sizeHint().boundedTo(room.size())
        self.setGeometry(
            (room.width() - size.width()) // 2,
            room.height() - size.height() - GAP,
            size.width(),
            size.height(),
        )
