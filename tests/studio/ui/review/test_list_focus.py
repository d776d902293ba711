"""Where the keyboard goes when what it was on changes: nowhere by itself, and never to another neuron."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from studio.ui.review.neuron_query import Query, Shown


def test_clearing_the_filters_by_keyboard_keeps_the_neuron_in_front(desk) -> None:
    panel = desk.view.neurons
    desk.control.show(int(desk.control.rows.rows[7]))
    desk.settle()
    front = desk.control.current
    panel.search("nothing at all")
    desk.settle()
    panel.nothing.clear.setFocus()
    desk.key(Qt.Key.Key_Space)
    assert panel.query == Query()
    assert desk.control.current == front
    assert panel.table.currentIndex().row() == desk.control.rows.row_of(front)


def test_the_keyboard_may_come_to_a_list_that_does_not_show_the_neuron_in_front(desk) -> None:
    panel = desk.view.neurons
    front = desk.control.current
    other = next(s for s in (Shown.TEXTUAL, Shown.VISUAL) if front not in rows_of(desk, s))
    panel.ask(Query(shown=other))
    desk.view.decision.note.setFocus()
    panel.table.setFocus(Qt.FocusReason.TabFocusReason)
    desk.settle()
    assert QApplication.focusWidget() is panel.table
    assert desk.control.current == front
    desk.key(Qt.Key.Key_Down)
    assert desk.control.current == int(desk.control.rows.rows[0])


def test_tags_are_taken_away_one_after_another_by_keyboard(desk) -> None:
    tags = desk.view.decision.tags
    tags.field.setText("animal, big, cat")
    tags.commit()
    desk.settle()
    tags.chips["big"].setFocus(Qt.FocusReason.TabFocusReason)
    desk.key(Qt.Key.Key_Space)
    assert QApplication.focusWidget() is tags.chips["cat"]
    desk.key(Qt.Key.Key_Space)
    assert QApplication.focusWidget() is tags.chips["animal"]
    desk.key(Qt.Key.Key_J)
    assert QApplication.focusWidget() is not None
    assert QApplication.focusWidget() not in tags.chips.values()


def rows_of(desk, shown: Shown) -> list[int]:
    return desk.control.rows.columns.find(Query(shown=shown)).tolist()
