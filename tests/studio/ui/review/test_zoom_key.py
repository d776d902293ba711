"""Space plays through the examples, and stays with a button that has the focus."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent

from studio.ui.review.kept_keys import keeps_key

Key, Modifier = Qt.Key, Qt.KeyboardModifier


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


def test_space_plays_through_the_examples_and_stops(desk) -> None:
    desk.control.show(0)
    desk.settle()
    evidence = desk.view.evidence
    clock = evidence.player._clock
    clock.setInterval(3_600_000)  # the test is the clock: how busy the machine is does not matter
    seen = []
    evidence.zoom.moved.connect(seen.append)
    desk.key(Key.Key_Space)
    assert evidence.player.playing
    clock.timeout.emit()
    clock.timeout.emit()
    assert evidence.zoom.place == 2
    desk.key(Key.Key_Space)
    assert not evidence.player.playing
    assert evidence.zoom.isVisible()
    desk.key(Key.Key_Space)
    for _ in range(2, len(evidence.grid.shots)):
        assert evidence.player.playing
        clock.timeout.emit()
    assert not evidence.zoom.isVisible()
    assert seen == list(range(len(evidence.grid.shots)))
    assert not evidence.player.playing


def test_the_clock_of_the_player_moves_the_examples(desk) -> None:
    desk.control.show(0)
    desk.settle()
    evidence = desk.view.evidence
    evidence.player._clock.setInterval(10)
    desk.key(Key.Key_Space)
    desk.qtbot.waitUntil(lambda: not evidence.zoom.isVisible())
    assert not evidence.player.playing


def test_escape_ends_the_playing_and_arrows_pan_only_what_is_enlarged(desk) -> None:
    desk.control.show(0)
    desk.settle()
    zoom, player = desk.view.evidence.zoom, desk.view.evidence.player
    desk.key(Key.Key_Space)
    desk.key(Key.Key_Escape)
    assert not player.playing
    desk.key(Key.Key_Z)
    desk.key(Key.Key_Right)
    assert zoom.place == 1
    for _ in range(4):
        desk.key(Key.Key_Plus)
    before = zoom.picture_rect().topLeft()
    desk.key(Key.Key_Left)
    assert zoom.picture_rect().left() > before.x()
    desk.key(Key.Key_Down)
    assert zoom.picture_rect().top() < before.y()
    assert (zoom.place, desk.control.current) == (1, 0)
    for _ in range(5):
        desk.key(Key.Key_Minus)
    assert zoom.scale == 1


def test_what_had_the_keyboard_before_has_it_again_so_that_space_plays(desk) -> None:
    desk.control.show(0)
    desk.settle()
    desk.back()
    zoom, how = desk.view.evidence.zoom, desk.view.evidence.zoom.how
    for _ in range(2):
        desk.key(Key.Key_Z)
        assert zoom.hasFocus()
        desk.key(Key.Key_Escape)
        assert desk.view.neurons.table.hasFocus()
    desk.key(Key.Key_Space)
    assert zoom.isVisible()
    assert zoom.how is how


@pytest.mark.parametrize("modifier", [Modifier.NoModifier, Modifier.KeypadModifier])
def test_arrows_of_a_mac_and_of_the_keypad_are_arrows(qapp, modifier) -> None:
    asked = QEvent.Type.ShortcutOverride
    assert keeps_key(QKeyEvent(asked, Key.Key_Left, modifier), (Key.Key_Left,))
    assert not keeps_key(QKeyEvent(asked, Key.Key_Left, modifier | Modifier.ControlModifier), (Key.Key_Left,))
    assert not keeps_key(QKeyEvent(asked, Key.Key_J, modifier), (Key.Key_Left,))
