"""The registry of acts: keys, conflicts, silence while somebody types."""

from __future__ import annotations

from collections import Counter

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QLineEdit,
    QMainWindow,
    QPlainTextEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from studio.ui.action_list import MENUS, built_in_actions, make_registry
from studio.ui.actions import ActionSpec

LETTERS = [k for spec in built_in_actions() for k in spec.keys if len(k) == 1 or k in ("Return", "Enter")]


@pytest.fixture
def registry(qapp):
    made = make_registry()
    yield made
    made.deleteLater()


@pytest.fixture
def window(qtbot, registry):
    made = QMainWindow()
    center = QWidget()
    layout = QVBoxLayout(center)
    made.fields = [QLineEdit(), QPlainTextEdit(), QSpinBox()]
    made.button = QPushButton("Press")
    for widget in (*made.fields, made.button):
        layout.addWidget(widget)
    made.setCentralWidget(center)
    registry.attach(made)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    made.activateWindow()
    return made


@pytest.fixture
def heard(registry):
    calls = []
    for spec in registry.specs():
        registry.connect(spec.id, lambda *_, name=spec.id: calls.append(name))
    return calls


def test_no_two_acts_that_can_be_in_front_together_share_a_key(registry):
    for scope in ("review", "adjudication"):
        found = [spec for spec in registry.specs() if spec.scope in ("window", scope)]
        keys = Counter(key for spec in found for key in registry.keys(spec.id))
        assert [key for key, count in keys.items() if count > 1] == [], scope
    ids = Counter(spec.id for spec in built_in_actions())
    assert max(ids.values()) == 1
    assert {spec.menu for spec in built_in_actions()} == set(MENUS)


def test_a_taken_id_is_refused(registry):
    with pytest.raises(ValueError, match=r"file\.open"):
        registry.add(ActionSpec("file.open", "Again", "File"))


def test_mnemonics_do_not_clash_within_a_menu():
    entries: dict[str, set[str]] = {}
    for spec in built_in_actions():
        entries.setdefault(spec.place, set()).add(spec.text)
        if spec.submenu:
            entries[spec.menu].add(spec.submenu)
    for menu, texts in entries.items():
        letters = Counter(t[t.index("&") + 1].lower() for t in texts if "&" in t)
        assert [letter for letter, count in letters.items() if count > 1] == [], menu


def test_keys_can_be_changed_and_the_change_is_told(registry, qtbot):
    with qtbot.waitSignal(registry.shortcuts_changed) as told:
        registry.set_keys("review.accept", ["Ctrl+Return"])
    assert told.args == ["review.accept"]
    assert registry.keys("review.accept") == ("Ctrl+Return",)
    assert "Ctrl+Return" in registry.action("review.accept").toolTip()


def test_conflicts_are_found(registry):
    assert registry.conflicts("review.flag", "X") == ("review.reject",)
    assert registry.conflicts("review.flag", "F") == ()


def test_pages_that_are_never_in_front_together_may_have_one_key(registry):
    assert registry.keys("adjudicate.reject") == registry.keys("review.reject") == ("X",)
    assert registry.conflicts("review.flag", "X") == ("review.reject",)
    assert registry.conflicts("adjudicate.own", "X") == ("adjudicate.reject",)
    assert set(registry.conflicts("file.open", "X")) == {"review.reject", "adjudicate.reject"}
    assert registry.conflicts("adjudicate.own", "Ctrl+O") == ("file.open",)


def test_labels_are_what_people_say(registry):
    assert registry.key_label("review.accept") == "Enter"
    assert registry.key_label("review.visual") == "V"
    assert registry.key_label("file.demo") == ""


@pytest.mark.parametrize(
    ("key", "act"),
    [
        (Qt.Key.Key_V, "review.visual"),
        (Qt.Key.Key_X, "review.reject"),
        (Qt.Key.Key_4, "review.rate_4"),
        (Qt.Key.Key_Return, "review.accept"),
        (Qt.Key.Key_J, "neurons.next"),
        (Qt.Key.Key_Down, "neurons.next"),
    ],
)
def test_single_keys_act_when_no_field_has_the_focus(window, heard, qtbot, key, act):
    window.setFocus()
    qtbot.keyClick(window, key)
    assert heard == [act]


def test_digits_of_the_number_pad_act_too(window, heard, qtbot):
    window.setFocus()
    qtbot.keyClick(window, Qt.Key.Key_3, Qt.KeyboardModifier.KeypadModifier)
    assert heard == ["review.rate_3"]


@pytest.mark.parametrize("number", [0, 1, 2])
def test_no_single_key_acts_while_somebody_types(window, heard, qtbot, number):
    field = window.fields[number]
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    for letter in LETTERS:
        key = getattr(Qt.Key, f"Key_{letter}", None)
        qtbot.keyClick(field, key if key is not None else Qt.Key.Key_Question)
    assert heard == []


def test_what_is_typed_arrives_in_the_field(window, heard, qtbot):
    field = window.fields[0]
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    qtbot.keyClicks(field, "vtmx 1?")
    assert field.text() == "vtmx 1?"
    assert heard == []


def test_commands_with_control_act_while_somebody_types(window, heard, qtbot):
    field = window.fields[0]
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    qtbot.keyClick(field, Qt.Key.Key_O, Qt.KeyboardModifier.ControlModifier)
    assert heard == ["file.open"]


def test_escape_leaves_a_field(window, heard, qtbot):
    field = window.fields[0]
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert not field.hasFocus()
    qtbot.keyClick(window, Qt.Key.Key_V)
    assert heard == ["review.visual"]


def test_space_presses_the_focused_button(window, qtbot):
    pressed = []
    window.button.clicked.connect(lambda: pressed.append(1))
    window.button.setFocus()
    qtbot.waitUntil(window.button.hasFocus)
    qtbot.keyClick(window.button, Qt.Key.Key_Space)
    assert pressed == [1]


def test_a_silent_scope_does_not_act(window, registry, heard, qtbot):
    registry.show_scope("")
    window.setFocus()
    qtbot.keyClick(window, Qt.Key.Key_V)
    assert heard == []
    registry.show_scope("review")
    qtbot.keyClick(window, Qt.Key.Key_V)
    assert heard == ["review.visual"]
