"""Single keys are silent while somebody types."""

from __future__ import annotations

from typing import TypeGuard

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QMainWindow,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)

TEXT_FIELDS = (QLineEdit, QTextEdit, QPlainTextEdit, QAbstractSpinBox)
PRESSED_BY_SPACE = (QAbstractButton, QComboBox)


class TypingGuard(QObject):
    """Keeps single keys from acting while a text field has the focus, and keeps no other event busy.

    A line edit claims letters and digits for itself but not Enter; a spin box does not claim letters. The
    guard sits on the focused field only, so that no other event passes through Python. A focused button keeps
    the space bar. Escape leaves a field of the main window.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._focus_changed)

    def _focus_changed(self, old: QWidget | None, new: QWidget | None) -> None:
        if old is not None:
            old.removeEventFilter(self)
        if is_text_field(new) or isinstance(new, PRESSED_BY_SPACE):
            new.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QKeyEvent) or is_command(event.modifiers(), event.key()):
            return False
        if event.type() == QEvent.Type.ShortcutOverride:
            mine = is_text_field(watched) or event.key() == Qt.Key.Key_Space
            if mine:
                event.accept()
            return mine
        return event.type() == QEvent.Type.KeyPress and self._leaves(watched, event)

    def _leaves(self, watched: QObject, event: QKeyEvent) -> bool:
        leaves = event.key() == Qt.Key.Key_Escape and is_text_field(watched)
        if leaves and isinstance(watched.window(), QMainWindow):
            watched.clearFocus()
            return True
        return False


def is_text_field(thing: object) -> TypeGuard[QWidget]:
    """Whether somebody can type into it."""
    return isinstance(thing, TEXT_FIELDS) and not getattr(thing, "isReadOnly", bool)()


def is_command(modifiers: Qt.KeyboardModifier, key: int) -> bool:
    """Whether a key press is a command even while somebody types: Ctrl, Alt or Meta held, or F1 to F35."""
    held = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    held |= Qt.KeyboardModifier.MetaModifier
    return bool(modifiers & held) or Qt.Key.Key_F1 <= key <= Qt.Key.Key_F35
