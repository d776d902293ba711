"""Keys that a widget needs for itself while it has the focus, before the shortcuts of the window."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent

BARE = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)


def keeps_key(event: QEvent, keys: Collection[int]) -> bool:
    """Whether a widget that handles `keys` is asked to leave one of them to a shortcut of the window. Arrows
    count as keys of the keypad on a Mac, and are it without Num Lock."""
    if event.type() != QEvent.Type.ShortcutOverride or not isinstance(event, QKeyEvent):
        return False
    return event.key() in keys and event.modifiers() in BARE
