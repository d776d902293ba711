"""A first window fits the screen, frame included, so that the status bar is in sight."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication

from studio.app import make_window
from studio.ui.main_window import SIZE


def test_the_first_window_leaves_room_for_its_frame(qapp: QApplication) -> None:
    window = make_window(qapp)
    try:
        room = window.screen().availableGeometry().size()
        assert window.height() < room.height() or window.height() == window.minimumSizeHint().height()
        assert window.width() <= SIZE[0]
        assert window.height() <= SIZE[1]
    finally:
        window.close()
        window.deleteLater()
