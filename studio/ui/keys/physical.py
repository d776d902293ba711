"""Keys by their place on the keyboard, for layouts that give no Latin letter or no digit there.

On a French keyboard the digits need Shift; on a Cyrillic one there is no V. Where what a key writes is no
shortcut, its place is asked: what would be written there on a US keyboard.
"""

from __future__ import annotations

import sys

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget

from studio.ui.actions import ActionRegistry
from studio.ui.typing_guard import is_text_field

#: First code of each row and what it writes: set 1 scan codes, those of Windows. X11 and Wayland add 8.
ROWS = {2: "1234567890", 16: "QWERTYUIOP", 30: "ASDFGHJKL", 44: "ZXCVBNM"}
EVDEV = 8
#: The virtual key codes of a Mac (kVK_ANSI_*).
MAC = dict(
    zip(
        "ASDFHGZXCVBQWERYT1234659780OUIPLJKNM",
        (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 25, 26, 28, 29,
         31, 32, 34, 35, 37, 38, 40, 45, 46),
        strict=True,
    )
)  # fmt: skip


def place_of(event: QKeyEvent) -> str:
    """What a US keyboard has where the key is: a letter or a digit, "" for any other key."""
    if sys.platform == "darwin":
        return {code: sign for sign, code in MAC.items()}.get(event.nativeVirtualKey(), "")
    code = event.nativeScanCode() - (0 if sys.platform == "win32" else EVDEV)
    for first, signs in ROWS.items():
        if first <= code < first + len(signs):
            return signs[code - first]
    return ""


def shortcut_of(event: QKeyEvent) -> str:
    """The shortcut (portable text) that the place of a key stands for; "" where its own sign counts.

    A letter counts by its place when it is not Latin, a digit when the key writes something else without
    Shift.
    """
    sign, mods = place_of(event), event.modifiers()
    if not sign or mods & Qt.KeyboardModifier.KeypadModifier:
        return ""
    shift = bool(mods & Qt.KeyboardModifier.ShiftModifier)
    if sign.isdigit():
        other = not shift and not Qt.Key.Key_0 <= event.key() <= Qt.Key.Key_9
    else:
        other = not Qt.Key.Key_A <= event.key() <= Qt.Key.Key_Z
    return held(mods) + sign if other else ""


def held(mods: Qt.KeyboardModifier) -> str:
    """The modifiers of a shortcut as portable text: "Ctrl+Shift+"."""
    names = (
        (Qt.KeyboardModifier.ControlModifier, "Ctrl+"),
        (Qt.KeyboardModifier.AltModifier, "Alt+"),
        (Qt.KeyboardModifier.ShiftModifier, "Shift+"),
        (Qt.KeyboardModifier.MetaModifier, "Meta+"),
    )
    return "".join(name for mod, name in names if mods & mod)


class PhysicalKeys(QObject):
    """Looks at key presses that were no shortcut, before the window's widgets get them.

    It sits on the native window, which the shortcuts of Qt come before: an act that has the sign itself as
    its key goes first.
    """

    def __init__(self, window: QWidget, actions: ActionRegistry) -> None:
        super().__init__(window)
        self._window, self._actions = window, actions
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._window:
            if event.type() == QEvent.Type.Show:
                self._window.removeEventFilter(self)
                self._window.windowHandle().installEventFilter(self)
            return False
        return isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and self._acts(event)

    def _acts(self, event: QKeyEvent) -> bool:
        if QApplication.activePopupWidget() is not None:
            return False
        shortcut = shortcut_of(event)
        typing = is_text_field(QApplication.focusWidget()) and "Ctrl" not in shortcut
        action = self._actions.with_key(shortcut) if shortcut and not typing else None
        if action is None:
            return False
        if action.autoRepeat() or not event.isAutoRepeat():
            action.trigger()
        return True
