"""Several neurons at once through the widgets: said first, saved in parts, undone as one; and the toast."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QEnterEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QDialogButtonBox, QLabel, QWidget

from studio.domain.annotation import Decision
from studio.domain.errors import DiskFullError
from studio.services import bulk
from studio.services.bulk import BulkKind
from studio.ui.review import bulk_acts
from studio.ui.review.neuron_query import Query, SortKey
from studio.ui.toast import STAYS_MS, Toast

Key = Qt.Key


def select(desk, *neurons: int) -> None:
    """Select rows by Ctrl and the mouse, in the order of the numbers."""
    desk.view.neurons.ask(Query(sort=SortKey.NEURON))
    table = desk.view.neurons.table
    for place, neuron in enumerate(neurons):
        held = Qt.KeyboardModifier.ControlModifier if place else Qt.KeyboardModifier.NoModifier
        index = desk.view.neurons.model.index_of(neuron)
        table.scrollTo(index)
        at = table.visualRect(index.siblingAtColumn(1)).center()
        QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, held, at)
    desk.settle()


def choose(desk, words: str) -> None:
    """An entry of the menu of bulk acts."""
    menu = desk.view.list_acts.bulk_menu
    menu.aboutToShow.emit()
    next(action for action in menu.actions() if action.text().startswith(words)).trigger()
    desk.settle()


def shown(desk, name: str = "bulk") -> QDialog:
    desk.qtbot.waitUntil(lambda: any(d.isVisible() for d in desk.window.findChildren(QDialog, name)))
    return next(d for d in desk.window.findChildren(QDialog, name) if d.isVisible())


def words(dialog: QDialog) -> str:
    return "\n".join(label.text() for label in dialog.findChildren(QLabel))


def agree(desk) -> None:
    dialog = shown(desk)
    buttons = dialog.findChild(QDialogButtonBox)
    next(b for b in buttons.buttons() if b.text() not in ("Cancel", "Close")).click()
    desk.settle()
    desk.back()


def test_accept_says_what_it_changes_and_one_undo_takes_it_back(desk) -> None:
    desk.control.show(4)
    desk.settle()
    desk.key(Key.Key_X)
    select(desk, 0, 1, 3, 4)  # 3 has no proposed concept, 4 is rejected
    choose(desk, "Accept")
    said = words(shown(desk))
    assert "Accept 2 neurons?" in said
    assert "1 neuron left alone: already decided." in said
    assert "1 neuron left alone: without a proposed concept." in said
    assert desk.control.rows.columns.concept(0) in said
    assert desk.label(0).decision is None
    agree(desk)
    assert desk.label(0).decision is Decision.ACCEPTED
    assert desk.label(4).decision is Decision.REJECTED
    assert desk.control.rows.columns.table.reviewed[[0, 1]].all()
    toast = desk.view.list_acts.toast
    assert toast.isVisible()
    assert toast.words.text() == "2 neurons accepted"
    assert desk.actions.action("edit.undo").text() == "Undo: accept, 2 neurons"
    QTest.mouseClick(toast.button, Qt.MouseButton.LeftButton)
    desk.settle()
    assert desk.label(0).decision is None
    assert desk.label(1).decision is None
    assert not toast.isVisible()


def test_a_cancelled_dialog_changes_nothing(desk) -> None:
    select(desk, 0, 1)
    choose(desk, "Flag")
    shown(desk).reject()
    desk.settle()
    assert desk.ask(lambda project: project.events.count()) == 0
    assert not desk.view.list_acts.toast.isVisible()


def test_tags_are_asked_for_and_given_to_all(desk) -> None:
    select(desk, 2, 5)
    choose(desk, "Add tags")
    asked = shown(desk, "bulk_words")
    asked.fields[0].setText("animal, big cat")
    asked._accept()
    agree(desk)
    assert desk.label(2).tags == desk.label(5).tags == ("animal", "big cat")
    desk.view.search("tag:animal")
    assert sorted(desk.control.rows.rows.tolist()) == [2, 5]


def test_assigning_fills_the_others_queue(desk) -> None:
    select(desk, 2, 5)
    choose(desk, "Assign")
    asked = shown(desk, "bulk_words")
    asked.fields[0].setText("Bo,Cy")
    asked._accept()
    agree(desk)
    given = desk.ask(lambda project: project.events.assignments())
    assert {n: a.annotators for n, a in given.items()} == {2: ("Bo", "Cy"), 5: ("Bo", "Cy")}


def test_reset_is_not_the_default_button(desk) -> None:
    desk.key(Key.Key_F)
    select(desk, int(desk.control.current), 7)
    choose(desk, "Reset")
    dialog = shown(desk)
    danger = next(b for b in dialog.findChild(QDialogButtonBox).buttons() if b.text() == "Reset")
    assert not danger.isDefault()
    agree(desk)
    assert not desk.label(int(desk.control.current)).flagged


def test_nothing_to_change_offers_nothing(desk) -> None:
    select(desk, 0, 1)
    choose(desk, "Reset")
    dialog = shown(desk)
    assert "Nothing to change" in words(dialog)
    assert [b.text() for b in dialog.findChild(QDialogButtonBox).buttons()] == ["Close"]
    dialog.reject()


def test_many_are_written_in_parts_with_decisions_in_between_and_can_be_stopped(desk, monkeypatch) -> None:
    monkeypatch.setattr(bulk, "PART", 5)
    acts, seen = desk.view.list_acts.bulk, []
    acts.progress.connect(lambda done, total: seen.append(done))
    desk.view.neurons.select_all()
    choose(desk, "Flag")
    agree(desk)
    assert seen == list(range(0, 41, 5))
    assert desk.view.list_acts.toast.words.text() == "40 neurons flagged"
    desk.key(Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert not desk.control.rows.columns.table.flagged.any()
    seen.clear()
    acts.progress.connect(lambda done, total: done >= 10 and acts.stop())
    choose(desk, "Flag")
    agree(desk)
    assert desk.control.rows.columns.table.flagged.sum() == 10
    assert desk.view.list_acts.toast.words.text() == "10 neurons flagged, 30 not: stopped"
    desk.key(Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert not desk.control.rows.columns.table.flagged.any()


def test_a_part_that_fails_is_tried_again_or_given_up(desk, monkeypatch) -> None:
    monkeypatch.setattr(bulk, "PART", 5)
    real, full = bulk.apply_part, [True]

    def failing(project, who, plan, part):
        if full[0] and 7 in part:
            raise DiskFullError("There is no room left.")
        return real(project, who, plan, part)

    monkeypatch.setattr(bulk_acts, "apply_part", failing)
    desk.view.neurons.ask(Query(sort=SortKey.NEURON))
    desk.view.neurons.select_all()
    choose(desk, "Flag")
    agree(desk)
    assert desk.control.rows.columns.table.flagged.sum() == 5
    assert desk.view.problem.isVisible()
    full[0] = False
    desk.control.saves.retry()
    desk.settle()
    assert desk.control.rows.columns.table.flagged.all()
    desk.control.undo()
    desk.settle()
    full[0] = True
    choose(desk, "Flag")
    agree(desk)
    desk.control.saves.give_up()
    desk.settle()
    assert desk.control.rows.columns.table.flagged.sum() == 5
    assert not desk.view.list_acts.bulk.running


def test_the_toast_goes_when_another_act_was_saved(desk) -> None:
    select(desk, 0, 1)
    choose(desk, "Flag")
    agree(desk)
    toast = desk.view.list_acts.toast
    assert toast.isVisible()
    desk.key(Key.Key_4)
    assert not toast.isVisible()


@pytest.fixture
def over(qtbot):
    """A window with a field that has the focus."""
    window = QWidget()
    window.resize(600, 400)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    return window


def test_a_toast_takes_no_focus_stays_under_the_mouse_and_lies_within(over, qtbot) -> None:
    toast, called = Toast(over), []
    over.setFocus()
    before = QApplication.focusWidget()
    toast.tell("12 neurons tagged", "Undo", lambda: called.append(1))
    assert QApplication.focusWidget() is before
    assert over.rect().contains(toast.geometry())
    assert toast.button.accessibleName() == "Undo: 12 neurons tagged"
    assert toast._timer.interval() == STAYS_MS
    at = QPointF(5, 5)
    QApplication.sendEvent(toast, QEnterEvent(at, at, at))
    assert not toast._timer.isActive()
    QApplication.sendEvent(toast, QEvent(QEvent.Type.Leave))
    assert toast._timer.isActive()
    over.resize(300, 200)
    assert over.rect().contains(toast.geometry())
    QTest.mouseClick(toast.button, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    assert called == [1]
    assert not toast.isVisible()


def test_a_toast_goes_by_itself(over, qtbot) -> None:
    toast = Toast(over)
    toast.tell("done")
    assert not toast.button.isVisible()
    toast._timer.start(1)
    qtbot.waitUntil(lambda: not toast.isVisible(), timeout=3000)


def test_every_kind_of_act_has_its_words() -> None:
    from studio.ui.review.bulk_dialog import DONE, QUESTIONS
    from studio.ui.review.bulk_menu import ACTS

    kinds = set(BulkKind)
    assert set(DONE) == set(QUESTIONS) == {entry[0] for entry in ACTS if entry} == kinds
