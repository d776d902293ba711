"""Keys that a widget needs for itself while it has the focus, before the shortcuts of the window."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import QEvent
from PySide6.QtGui import QKeyEvent


def keeps_key(event: QEvent, keys: Collection[int]) -> bool:
    """Whether a widget that handles `keys` is asked to leave one of them to a shortcut of the window."""
    asked = event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent)
    return asked and event.key() in keys and not event.modifiers()  # type: ignore[attr-defined]
