"""The whole way: a neuron in front, evidence in sight, a decision saved, the next neuron."""

from __future__ import annotations

from PySide6.QtCore import Qt

from studio.domain.annotation import Decision


def test_enter_accepts_saves_and_shows_the_next(desk) -> None:
    first = desk.control.current
    concept = desk.control.rows.columns.concept(first)
    desk.key(Qt.Key.Key_Return)
    assert desk.control.current != first
    label = desk.label(first)
    assert label.decision is Decision.ACCEPTED
    assert label.concept == concept
