"""Keys of other layouts, as the platform tells of them: what the key writes, and its scan code."""

from __future__ import annotations

import sys

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QLineEdit

from studio.ui.action_list import make_registry
from studio.ui.keys.physical import PhysicalKeys, place_of, shortcut_of

Key, Mod = Qt.Key, Qt.KeyboardModifier
#: evdev codes, as /usr/include/linux/input-event-codes.h has them, and what X11 adds.
EVDEV = {"1": 2, "4": 5, "0": 11, "Q": 16, "E": 18, "R": 19, "T": 20, "U": 22, "S": 31, "F": 33, "J": 36,
         "K": 37, "Z": 44, "X": 45, "V": 47, "M": 50}  # fmt: skip
AZERTY = {"1": "&", "4": "'", "0": "à"}
CYRILLIC = {"V": "м", "T": "е", "M": "ь", "U": "г", "E": "у", "X": "ч", "S": "ы", "F": "а", "R": "к",
            "J": "о", "K": "л", "Z": "я"}  # fmt: skip

pytestmark = pytest.mark.skipif(sys.platform not in ("linux", "win32"), reason="scan codes of a PC keyboard")


def press(place: str, sign: str, mods: Mod = Mod.NoModifier) -> QKeyEvent:
    code = EVDEV[place] + (8 if sys.platform == "linux" else 0)
    return QKeyEvent(QEvent.Type.KeyPress, ord(sign.upper()), mods, code, 0, 0, sign)


@pytest.fixture
def window(qtbot):
    from PySide6.QtWidgets import QMainWindow

    made = QMainWindow()
    made.field = QLineEdit(made)
    made.actions = make_registry()
    made.actions.setParent(made)
    made.actions.attach(made)
    made.heard = []
    for spec in made.actions.specs():
        made.actions.connect(spec.id, lambda *_, name=spec.id: made.heard.append(name))
    PhysicalKeys(made, made.actions)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    made.activateWindow()
    made.setFocus()
    return made


def send(window, event: QKeyEvent) -> None:
    QApplication.sendEvent(window.windowHandle(), event)


ACTS = {"V": "review.visual", "T": "review.textual", "M": "review.multimodal", "U": "review.unclear",
        "E": "review.edit", "X": "review.reject", "S": "review.skip", "F": "review.flag",
        "R": "review.reveal", "J": "neurons.next", "K": "neurons.previous", "Z": "view.zoom",
        "1": "review.rate_1", "4": "review.rate_4", "0": "review.rate_clear"}  # fmt: skip


@pytest.mark.parametrize(("place", "sign"), CYRILLIC.items())
def test_a_cyrillic_letter_acts_by_its_place(window, place, sign):
    send(window, press(place, sign))
    assert window.heard == [ACTS[place]]


@pytest.mark.parametrize(("place", "sign"), AZERTY.items())
def test_the_digits_of_azerty_act_without_shift(window, place, sign):
    send(window, press(place, sign))
    assert window.heard == [ACTS[place]]


def test_latin_letters_count_by_what_they_write(window):
    # On AZERTY the key where a US keyboard has Q writes A, and the one at Z writes W.
    send(window, press("Z", "w"))
    send(window, press("Q", "a"))
    assert not {"view.zoom", "review.reject"} & set(window.heard)


def test_control_with_a_cyrillic_letter_is_a_command(window):
    assert shortcut_of(press("Z", "я", Mod.ControlModifier)) == "Ctrl+Z"
    both = Mod.ControlModifier | Mod.ShiftModifier
    assert shortcut_of(press("Z", "Я", both)) == "Ctrl+Shift+Z"
    window.field.setFocus()
    send(window, press("F", "а", Mod.ControlModifier))
    assert window.heard == ["edit.find"]


@pytest.mark.parametrize(("place", "sign"), [*CYRILLIC.items(), *AZERTY.items()])
def test_nothing_acts_while_somebody_types(window, place, sign):
    window.field.setFocus()
    send(window, press(place, sign))
    assert window.heard == []
    assert window.field.text() == sign


def test_shifted_digits_and_the_number_pad_are_what_they_write(window):
    assert shortcut_of(press("1", "!", Mod.ShiftModifier)) == ""
    assert shortcut_of(press("1", "&", Mod.KeypadModifier)) == ""


def test_a_key_held_down_decides_once(window):
    window.actions.action("review.flag").setAutoRepeat(False)
    code = EVDEV["F"] + (8 if sys.platform == "linux" else 0)
    held = QKeyEvent(QEvent.Type.KeyPress, ord("А"), Mod.NoModifier, code, 0, 0, "а", True)
    send(window, held)
    assert window.heard == []


@pytest.mark.parametrize("row", ["1234567890", "QWERTYUIOP", "ASDFGHJKL", "ZXCVBNM"])
def test_every_place_of_the_four_rows_is_known(row):
    first = {"1": 2, "Q": 16, "A": 30, "Z": 44}[row[0]]
    offset = 8 if sys.platform == "linux" else 0
    codes = [
        QKeyEvent(QEvent.Type.KeyPress, 0, Mod.NoModifier, first + offset + i, 0, 0) for i in range(len(row))
    ]
    assert "".join(map(place_of, codes)) == row
