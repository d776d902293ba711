"""What nobody expects to be typed, and a clock that runs backwards: kept as it is, or a sentence."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QScrollArea

from studio.storage import events
from studio.ui.labels import BREAK

LONG = "Ünï — 名 עברית 🦫 <b>&amp; “x”\n" * 400


def test_a_note_of_ten_thousand_characters_is_kept_as_it_is(desk, qtbot):
    neuron = desk.control.current
    assert len(LONG) > 10_000
    desk.view.decision.note.setPlainText(LONG)
    desk.view.decision.note.commit()
    desk.settle()
    assert desk.label(neuron).note == LONG
    desk.key(Qt.Key.Key_J)
    desk.key(Qt.Key.Key_K)
    assert desk.view.decision.note.toPlainText() == LONG


def test_a_note_that_is_too_long_is_a_sentence_and_the_words_stay(desk, qtbot):
    neuron = desk.control.current
    desk.view.decision.note.setPlainText("x" * 100_001)
    desk.view.decision.note.commit()
    desk.settle()
    saved, text = desk.saved[-1]
    assert not saved
    assert "100,000" in text
    assert desk.label(neuron).note == ""
    assert len(desk.view.decision.note.toPlainText()) == 100_001


def test_a_clock_that_runs_backwards_loses_no_decision(desk, monkeypatch):
    class Backwards(events.datetime):
        year = 2030

        @classmethod
        def now(cls, tz=None):
            cls.year -= 1
            return cls(cls.year, 1, 1, tzinfo=tz)

    monkeypatch.setattr(events, "datetime", Backwards)
    neuron = desk.control.current
    for key in (Qt.Key.Key_2, Qt.Key.Key_5, Qt.Key.Key_3):
        desk.key(key)
    assert desk.label(neuron).rating == 3
    assert desk.view.decision.ratings[3].chosen
    desk.control.undo()
    desk.settle()
    assert desk.label(neuron).rating == 5


def test_a_word_without_end_keeps_every_button_in_reach(desk, qtbot):
    """A label that wraps breaks between words only: one long word pushed Edit and Reject out of sight."""
    word = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 2
    desk.control.show(0)
    desk.settle()
    card = desk.view.decision.concept
    card.edited.emit(word)
    desk.settle()
    desk.control.show(0)
    desk.settle()
    assert card._mine.text().replace(BREAK, "").endswith(word)
    scroll = card.parentWidget()
    while not isinstance(scroll, QScrollArea):
        scroll = scroll.parentWidget()
    assert scroll.widget().width() <= scroll.viewport().width()
    assert card.reject.mapTo(scroll, card.reject.rect().bottomRight()).x() < scroll.width()
