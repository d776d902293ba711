"""Space plays through the examples, and stays with a button that has the focus."""

from __future__ import annotations

from PySide6.QtCore import Qt

Key = Qt.Key


def test_space_opens_the_first_picture_unless_a_button_has_the_focus(desk) -> None:
    desk.control.show(0)
    desk.settle()
    zoom, flag = desk.view.evidence.zoom, desk.view.decision.flag
    desk.key(Key.Key_Space)
    assert zoom.isVisible()
    assert zoom.place == 0
    desk.key(Key.Key_Escape)
    desk.view.setFocus()
    flag.setFocus()
    desk.key(Key.Key_Space)
    assert not zoom.isVisible()
    assert desk.control.detail.label.flagged
