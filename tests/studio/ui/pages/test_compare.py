"""Two neurons side by side."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from studio.domain.annotation import Decision
from studio.domain.errors import ProjectError
from studio.domain.evidence import ExampleKind

Key = Qt.Key


@pytest.fixture
def page(opened):
    """Neurons 30 and 60, the second one in front."""
    opened.window.show_neuron(30)
    opened.settle()
    opened.key(Key.Key_C)
    assert opened.window.status._word.text().startswith("Neuron 30 is marked")
    opened.window.show_neuron(60)
    opened.settle()
    opened.key(Key.Key_C)
    return opened.window.pages.currentWidget()


def shown(page):
    return [side.neuron for side in page.sides]


def test_one_key_marks_and_then_shows_both(opened, page):
    assert shown(page) == [30, 60]
    assert [side.concept.text() for side in page.sides] == ["dog 30", "dog 60"]
    assert all(side.evidence.grid.shots for side in page.sides)
    assert (page.front, opened.current) == (1, 60)


def test_top_examples_of_both_are_framed(opened, page):
    def top(neuron):
        examples = opened.ask(lambda project: project.evidence.get(neuron)).examples
        return {e.sample_id for e in examples if e.kind is ExampleKind.TOP}

    both = top(30) & top(60)
    count = "1 top example" if len(both) == 1 else f"{len(both)} top examples"
    assert page.shared.text() == (f"{count} in common, framed" if both else "No top example in common")
    grid = page.sides[0].evidence.grid
    plain = grid.grab().toImage()
    grid.mark(frozenset(shot.sample.id for shot in grid.shots))
    assert grid.grab().toImage() != plain


def test_the_keys_act_on_the_side_in_front_and_both_stay(opened, page):
    opened.key(Key.Key_3)
    opened.key(Key.Key_Left)
    assert opened.current == 30
    opened.key(Key.Key_5)
    opened.key(Key.Key_Return)
    assert (opened.label(30).rating, opened.label(60).rating) == (5, 3)
    assert opened.label(30).decision is Decision.ACCEPTED
    assert shown(page) == [30, 60]
    assert opened.current == 30
    assert "accepted · rated 5" in page.sides[0].facts.text()
    opened.key(Key.Key_F)
    assert opened.label(30).flagged


def test_sides_are_swapped_and_the_front_goes_along(opened, page):
    page.swap_button.click()
    opened.settle()
    assert shown(page) == [60, 30]
    assert (page.front, opened.current) == (0, 60)


def type_number(opened, side, text):
    side.number.setFocus()
    side.number.selectAll()
    opened.qtbot.keyClicks(side.number, text)
    opened.key(Key.Key_Return)


def test_a_number_is_typed(opened, page):
    side = page.sides[0]
    type_number(opened, side, "90")
    assert shown(page) == [90, 60]
    assert opened.current == 90
    type_number(opened, side, "5000")
    assert side.none.text() == "There is no neuron 5000 in this project."
    assert shown(page) == [90, 60]


def test_with_nothing_marked_the_other_side_says_what_to_do(opened):
    page = opened.go("view.compare")
    assert shown(page) == [opened.current, None]
    assert "press C on one in the review" in page.sides[1].none.text()
    opened.window.show_review()
    opened.key(Key.Key_C)
    opened.key(Key.Key_C)
    assert "marked already" in opened.window.status._word.text()


def test_blind_sides_hide_concept_class_and_score(blind):
    page = blind.go("view.compare")
    side = page.sides[0]
    assert side.concept.text() == "Hidden"
    assert side.chip.isHidden()
    assert "score" not in side.facts.text()


def test_the_switches_of_the_review_stay_as_they_were(opened):
    opened.window.actions_registry.action("view.mask").trigger()
    opened.go("view.compare")
    assert opened.window.actions_registry.action("view.mask").isChecked()


def test_zoom_opens_in_the_side_in_front_and_not_behind_the_page(opened, page):
    opened.key(Key.Key_Z)
    assert [side.evidence.zoom.isVisible() for side in page.sides] == [False, True]
    opened.window.show_review()
    opened.settle()
    assert not opened.review.evidence.zoom.isVisible()


def test_a_neuron_that_cannot_be_read_is_told_on_its_side_and_can_be_asked_for_again(
    opened, page, monkeypatch
):
    def no_disk(*_given):
        raise ProjectError("The disk could not be read.")

    with monkeypatch.context() as broken:
        broken.setattr("studio.ui.compare.page.load_detail", no_disk)
        page.compare(6, 7)
        opened.settle()
    left = page.sides[0]
    assert "The disk could not be read." in left.none.text()
    assert left.none.isVisible()
    assert not left.evidence.isVisible()
    left.asked.emit(6)
    opened.settle()
    assert left.detail.neuron == 6
    assert left.evidence.isVisible()
    assert not left.none.isVisible()
