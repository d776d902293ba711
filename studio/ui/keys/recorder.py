"""A field that takes the next key press as a shortcut."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QPushButton, QWidget

from studio.ui.keys.physical import shortcut_of

MODIFIERS = (
    Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_Meta, Qt.Key.Key_AltGr,
    Qt.Key.Key_CapsLock, Qt.Key.Key_NumLock, Qt.Key.Key_unknown, Qt.Key.Key_Super_L, Qt.Key.Key_Super_R,
)  # fmt: skip
#: They leave the field, as everywhere: nobody shall be caught in it.
LEAVING = (Qt.Key.Key_Escape, Qt.Key.Key_Tab, Qt.Key.Key_Backtab)


class KeyRecorder(QPushButton):
    """Press it, then the key. `recorded` carries portable text; Escape and Tab record nothing."""

    recorded = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.recording = False
        self.setAccessibleName("Record a key")
        self.setAutoDefault(False)
        self.clicked.connect(self.start)
        self._stop()

    def start(self) -> None:
        """The next key press is the shortcut."""
        self.recording = True
        self.setText("Press the key …")
        self.setProperty("chosen", True)
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def event(self, event: QEvent) -> bool:
        if self.recording and isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()
                return True
            if event.type() == QEvent.Type.KeyPress:
                self._pressed(event)
                return True
            if event.type() == QEvent.Type.KeyRelease:
                return True
        return super().event(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._stop()

    def _pressed(self, event: QKeyEvent) -> None:
        if event.key() in MODIFIERS:
            return
        self._stop()
        if event.key() not in LEAVING or event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.recorded.emit(sequence_of(event))

    def _stop(self) -> None:
        self.recording = False
        self.setText("Add a key…")


def sequence_of(event: QKeyEvent) -> str:
    """A key press as portable text. The number pad counts as its digit; a sign that Shift makes ("?") carries
    no Shift; letters and digits of other layouts count by their place."""
    placed = shortcut_of(event)
    if placed:
        return placed
    mods = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    text = event.text()
    if len(text) == 1 and text.isprintable() and not text.isalnum() and text != " ":
        mods &= ~Qt.KeyboardModifier.ShiftModifier
    return QKeySequence(event.key() | mods.value).toString(QKeySequence.SequenceFormat.PortableText)
