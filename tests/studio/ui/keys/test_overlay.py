"""The overlay of keys: made from the actions, shows what works now, closes with any key and does no more."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from studio.ui.keys.overlay import lines_of

Key = Qt.Key


def texts(actions):
    return {line.text: line.keys for group in lines_of(actions) for line in group if line.keys}


@pytest.fixture
def overlay(window, qtbot):
    window.activateWindow()
    window.actions_registry.action("help.keys").trigger()
    return window.acts._overlay


def test_every_act_that_works_and_has_a_key_is_in_it(window):
    actions = window.actions_registry
    actions.show_scope("review")
    shown = texts(actions)
    for spec in actions.specs():
        if actions.action(spec.id).isEnabled() and actions.keys(spec.id):
            line = spec.family or actions.action(spec.id).text().replace("&", "").rstrip("…")
            assert actions.key_label(spec.id) in shown[line], spec.id
    assert shown["Rating"] == ("1", "2", "3", "4", "5")


def test_what_does_not_work_now_is_left_out_and_a_changed_key_is_shown(window):
    actions = window.actions_registry
    actions.show_scope("")
    assert "Flag" not in texts(actions)
    actions.show_scope("review")
    window.keys.give("review.flag", ["G"])
    assert texts(actions)["Flag"] == ("G",)


@pytest.mark.parametrize("key", [Key.Key_Escape, Key.Key_X, Key.Key_Question, Key.Key_Return])
def test_any_key_closes_it_and_does_nothing_else(window, overlay, qtbot, key):
    heard = []
    for spec in window.actions_registry.specs():
        window.actions_registry.action(spec.id).triggered.connect(lambda *_, name=spec.id: heard.append(name))
    assert overlay.isVisible()
    assert "Guide: F1" in overlay.accessibleDescription()
    qtbot.keyClick(overlay, key)
    assert not overlay.isVisible()
    assert heard == []


def test_it_covers_the_window_when_that_grows_and_gives_the_focus_back(window, qtbot):
    before = window.focusWidget()
    window.actions_registry.action("help.keys").trigger()
    overlay = window.acts._overlay
    window.resize(1300, 800)
    assert overlay.size() == window.size()
    qtbot.mouseClick(overlay, Qt.MouseButton.LeftButton)
    assert not overlay.isVisible()
    assert window.focusWidget() is before
