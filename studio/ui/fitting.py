"""Windows no larger than the screen, and forms that scroll where they are."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

#: Pixels a window manager usually adds; Qt knows them only after the window was shown.
FRAME, TITLE_BAR = 4, 32
#: The smallest screen that everything fits on.
SMALLEST = QSize(1024, 600)
#: Pixels of a form that stay in sight, however low its dialog is.
LOWEST = 160


def within_screen(window: QWidget, size: QSize) -> QSize:
    """`size`, or what the window's screen has room for beside the frame that window managers add."""
    return size.boundedTo(beside_frame(window.screen().availableGeometry().size()))


def beside_frame(screen: QSize) -> QSize:
    """The room for a window on a screen of this size."""
    return screen - QSize(2 * FRAME, TITLE_BAR + FRAME)


class FormScroll(QScrollArea):
    """Shows `inside` as a whole where the screen has room, else with a bar. When it grows its window does."""

    def __init__(self, inside: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(inside)
        inside.setAutoFillBackground(False)
        self.viewport().setAutoFillBackground(False)
        inside.installEventFilter(self)

    def sizeHint(self) -> QSize:
        return self.widget().sizeHint() + QSize(self._bar(), 0)

    def minimumSizeHint(self) -> QSize:
        least = self.widget().minimumSizeHint()
        return QSize(least.width() + self._bar(), min(least.height(), LOWEST))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.widget() and event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
            QTimer.singleShot(0, self, self._grow)
        return super().eventFilter(watched, event)

    def _grow(self) -> None:
        window = self.window()
        wanted = within_screen(window, window.sizeHint())
        if window.isVisible() and wanted.height() > window.height():
            window.resize(window.width(), wanted.height())

    def _bar(self) -> int:
        return self.verticalScrollBar().sizeHint().width()
