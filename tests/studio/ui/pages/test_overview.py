"""The grid of cards, by keyboard alone."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtTest import QAbstractItemModelTester

from studio.domain.annotation import Decision
from studio.domain.modality import Modality
from studio.ui.overview.card_model import spoken
from studio.ui.overview.card_painter import card_size

Key = Qt.Key


@pytest.fixture
def page(opened):
    return opened.go("view.overview")


def front(page):
    return page.model.neuron_at(page.view.currentIndex())


def test_the_cards_are_the_reviews_list_in_its_order(opened, page):
    tester = QAbstractItemModelTester(page.model)
    rows = opened.review.neurons.model.rows
    shown = [page.model.neuron_of(place) for place in range(page.model.count())]
    assert shown == rows.rows.tolist()
    assert page.found.text() == f"{len(rows):,} neurons"
    assert front(page) == opened.current
    opened.review.search("dog 12")
    opened.settle()
    assert page.model.count() == len(rows) < 20
    assert not page.model.flags(page.model.index(page.model.rowCount() - 1, page.model.columnCount() - 1))
    opened.review.search("")
    tester.deleteLater()


def test_arrows_walk_and_space_opens(opened, page):
    across = page.model.columnCount()
    rows = opened.review.neurons.model.rows.rows
    opened.key(Key.Key_Home)
    places = (1, 1 + across, across, across - 1, across - 1, len(rows) - 1, len(rows) - 1)
    keys = (Key.Key_Right, Key.Key_Down, Key.Key_Left, Key.Key_Left, Key.Key_Up, Key.Key_End, Key.Key_Down)
    for key, place in zip(keys, places, strict=True):
        opened.key(key)
        assert front(page) == rows[place] == opened.current
    opened.key(Key.Key_Space)
    assert opened.window.pages.currentWidget() is opened.review
    assert opened.current == rows[-1]


def test_the_review_keys_act_on_the_card_in_front(opened, page):
    opened.key(Key.Key_Home)
    neuron = front(page)
    for key in (Key.Key_4, Key.Key_F, Key.Key_T):
        opened.key(key)
    label = opened.label(neuron)
    assert (label.rating, label.flagged, label.modality) == (4, True, Modality.TEXTUAL)
    assert "rated 4, flagged" in spoken(page.model.columns, neuron)
    opened.key(Key.Key_Return)
    assert opened.label(neuron).decision is Decision.ACCEPTED
    assert front(page) == opened.current != neuron
    opened.key(Key.Key_X)
    opened.key(Key.Key_S)
    rows = opened.review.neurons.model.rows.rows
    assert opened.label(int(rows[1])).decision is Decision.REJECTED
    assert opened.label(int(rows[2])).skipped
    assert front(page) == rows[3]
    assert opened.window.pages.currentWidget() is page


def test_words_are_typed_in_the_review(opened, page):
    neuron = front(page)
    opened.key(Key.Key_E)
    assert opened.window.pages.currentWidget() is opened.review
    assert opened.current == neuron
    assert opened.review.decision.concept.field.hasFocus()


def test_only_cards_in_sight_are_read(opened, page):
    read = [n for n in range(300) if page.store.get(n) is not None]
    assert set(page.view.in_sight()) <= set(read)
    assert len(read) <= len(page.view.in_sight(more=1)) < page.model.count()


def test_larger_cards_are_fewer_and_the_front_stays_in_sight(opened, page):
    opened.key(Key.Key_End)
    neuron, across = front(page), page.model.columnCount()
    page.size_slider.setValue(page.size_slider.maximum())
    opened.settle()
    assert page.model.columnCount() < across
    assert front(page) == neuron
    assert neuron in page.view.in_sight()


def test_a_list_without_neurons_says_so_and_offers_one_act(opened, page):
    opened.review.search("no such words")
    opened.settle()
    assert page.why.isVisible()
    assert page.why.text() == "No neuron matches."
    page.clear.click()
    opened.settle()
    assert page.view.isVisible()
    assert page.model.count() > 0


def test_damaged_examples_leave_an_empty_card(opened):
    opened.ask(lambda p: p.database.execute("UPDATE evidence SET body=x'00'").rowcount)
    page = opened.go("view.overview")
    assert page.store.get(front(page)).pictures == ()


def painted(page, neuron):
    """The card as a picture."""
    picture = QImage(card_size(200), QImage.Format.Format_RGB32)
    picture.fill(0)
    painter = QPainter(picture)
    card = page.store.get(neuron)
    page.painter.paint(painter, picture.rect(), neuron, page.model.columns, card, page.view.look)
    painter.end()
    return picture


def test_blind_cards_show_nothing_of_what_was_proposed(blind):
    page = blind.go("view.overview")
    neuron, columns = front(page), page.model.columns
    assert f"dog {neuron}" not in spoken(columns, neuron)
    assert "score" not in spoken(columns, neuron)
    painted(page, neuron)
    blind.settle()
    before = painted(page, neuron)
    blind.reveal(neuron)
    columns = page.model.columns
    assert f"dog {neuron}" in spoken(columns, neuron)
    assert painted(page, neuron) != before


def test_cards_are_drawn_anew_in_another_theme(opened, page):
    opened.settle()
    dark = page.view.grab().toImage()
    opened.window.themes.choose("light")
    opened.settle()
    assert page.view.grab().toImage() != dark
