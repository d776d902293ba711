"""Fields for whole numbers, all alike."""

from __future__ import annotations

from PySide6.QtWidgets import QAbstractSpinBox, QSpinBox


def number_box(name: str, low: int, high: int, value: int, step: int = 1) -> QSpinBox:
    """A number field with thousands separators; `name` is what a screen reader says."""
    made = QSpinBox()
    made.setRange(low, high)
    made.setSingleStep(step)
    made.setValue(value)
    made.setGroupSeparatorShown(True)
    made.setAccessibleName(name)
    give_room(made)
    return made


def give_room(box: QAbstractSpinBox) -> None:
    """The text starts where that of other fields does: the padding of a style sheet does not reach it."""
    box.lineEdit().setTextMargins(6, 0, 6, 0)
