"""The shortcut editor: keys are recorded, taken over, reset, kept between starts, and act at once."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMainWindow

from studio.ui.action_list import make_registry
from studio.ui.keys.editor import KeyEditor
from studio.ui.keys.keeper import KeyKeeper
from studio.ui.settings import Settings

Key, Mod = Qt.Key, Qt.KeyboardModifier


@pytest.fixture
def actions(qapp):
    made = make_registry()
    yield made
    made.deleteLater()


@pytest.fixture
def editor(qtbot, actions, own_settings):
    window = QMainWindow()
    actions.attach(window)
    qtbot.addWidget(window)
    made = KeyEditor(KeyKeeper(actions, Settings(), window), window)
    made.keep = window
    made.show()
    qtbot.waitExposed(made)
    made.actions = actions
    return made


def record(qtbot, editor, key, modifier=Mod.NoModifier):
    editor.recorder.click()
    qtbot.keyClick(editor.recorder, key, modifier)


def test_a_recorded_key_acts_at_once_and_after_a_restart(qtbot, editor, actions):
    editor.choose("review.flag")
    record(qtbot, editor, Key.Key_P)
    assert actions.keys("review.flag") == ("F", "P")
    called = []
    editor.close()
    editor.keep.show()
    editor.keep.activateWindow()
    qtbot.waitUntil(editor.keep.isActiveWindow)
    actions.connect("review.flag", lambda: called.append(1))
    qtbot.keyClick(editor.keep, Key.Key_P)
    assert called == [1]
    again = make_registry()
    KeyKeeper(again, Settings())
    assert again.keys("review.flag") == ("F", "P")
    assert again.keys("review.skip") == ("S",)


def test_a_taken_key_is_named_and_changes_nothing_until_it_is_taken_over(qtbot, editor, actions):
    editor.choose("review.flag")
    record(qtbot, editor, Key.Key_X)
    assert "Reject" in editor._says.text()
    assert actions.keys("review.flag") == ("F",)
    assert actions.keys("review.reject") == ("X",)
    editor.take_over.click()
    assert actions.keys("review.flag") == ("F", "X")
    assert actions.keys("review.reject") == ()


def test_reset_of_one_brings_its_key_back_from_who_took_it(qtbot, editor, actions):
    editor.choose("review.flag")
    record(qtbot, editor, Key.Key_X)
    editor.take_over.click()
    editor.choose("review.reject")
    editor.reset.click()
    assert actions.keys("review.reject") == ("X",)
    assert actions.keys("review.flag") == ("F",)
    assert Settings().keys == {}


def test_reset_all_leaves_no_own_key(qtbot, editor, actions):
    defaults = {spec.id: actions.keys(spec.id) for spec in actions.specs()}
    for name, key in (("review.flag", Key.Key_X), ("edit.find", Key.Key_V), ("file.open", Key.Key_F9)):
        editor.choose(name)
        record(qtbot, editor, key)
        if editor.take_over.isVisible():
            editor.take_over.click()
    assert actions.keys("edit.find")[-1] == "V"
    editor.reset_all.click()
    assert {spec.id: actions.keys(spec.id) for spec in actions.specs()} == defaults
    assert Settings().keys == {}


@pytest.mark.parametrize(
    ("key", "modifier", "text", "wanted"),
    [
        (Key.Key_Return, Mod.ControlModifier, "\r", "Ctrl+Return"),
        (Key.Key_Question, Mod.ShiftModifier, "?", "?"),
        (Key.Key_7, Mod.KeypadModifier, "7", "7"),
        (Key.Key_Space, Mod.ShiftModifier, " ", "Shift+Space"),
        (Key.Key_F6, Mod.NoModifier, "", "F6"),
    ],
)
def test_what_is_recorded_is_what_is_heard_later(qtbot, editor, actions, key, modifier, text, wanted):
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QKeyEvent
    from PySide6.QtWidgets import QApplication

    for other in actions.specs():
        actions.set_keys(other.id, ())
    editor.choose("review.flag")
    editor.recorder.start()
    QApplication.sendEvent(editor.recorder, QKeyEvent(QEvent.Type.KeyPress, key, modifier, text))
    assert actions.keys("review.flag") == (wanted,)


def test_escape_and_modifiers_record_nothing(qtbot, editor, actions):
    editor.choose("review.flag")
    record(qtbot, editor, Key.Key_Escape)
    assert not editor.recorder.recording
    assert editor.isVisible()
    editor.recorder.click()
    qtbot.keyClick(editor.recorder, Key.Key_Shift)
    assert editor.recorder.recording
    assert actions.keys("review.flag") == ("F",)


def test_search_finds_words_and_keys(editor):
    editor.search.setText("review enter")
    shown = [name for name, item in editor._items.items() if not item.isHidden()]
    assert shown == ["review.accept"]
    editor.search.setText("")
    assert not any(item.isHidden() for item in editor._items.values())


def test_a_key_is_taken_away_by_its_button(qtbot, editor, actions):
    editor.choose("neurons.next")
    editor._flow.itemAt(0).widget().click()
    assert actions.keys("neurons.next") == ("Down",)
    for text in ("not json", "[1]", '{"review.flag": 3, "gone.act": ["Q"]}'):
        Settings()._store.setValue("keys", text)
        fresh = make_registry()
        KeyKeeper(fresh, Settings())
        assert fresh.keys("review.flag") == ("F",)
