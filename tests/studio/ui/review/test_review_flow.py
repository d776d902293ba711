"""The review by keyboard: what is pressed is what is saved, and nothing is claimed that is not."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.domain.annotation import Decision
from studio.domain.changes import Changes
from studio.domain.errors import DiskFullError
from studio.domain.evidence import ExampleKind
from studio.domain.modality import Modality
from studio.domain.queue import Queue
from studio.services import annotate
from studio.ui.review import verbs
from studio.ui.review.neuron_query import Query, Shown, SortKey

Key = Qt.Key


def test_enter_accepts_saves_and_shows_the_next(desk) -> None:
    first, second = desk.control.current, desk.control.rows.next_open(desk.control.current)
    concept = desk.control.rows.columns.concept(first)
    desk.key(Key.Key_Return)
    assert desk.control.current == second
    label = desk.label(first)
    assert label.decision is Decision.ACCEPTED
    assert label.concept == concept


def test_the_decision_is_in_the_file_before_the_next_neuron_is_shown(desk) -> None:
    first, found = desk.control.current, []
    table = desk.control.rows.columns.table

    def shown(detail):
        found.append((detail.neuron, desk.control.saves.settled, bool(table.reviewed[first])))

    desk.control.shown.connect(shown)
    desk.key(Key.Key_X)
    assert found == [(desk.control.current, True, True)]
    assert desk.label(first).decision is Decision.REJECTED


@pytest.mark.parametrize(
    ("key", "modality"),
    [(Key.Key_V, "visual"), (Key.Key_T, "textual"), (Key.Key_M, "multimodal"), (Key.Key_U, "unclear")],
)
def test_letters_give_the_class_and_take_it_back(desk, key, modality) -> None:
    neuron = desk.control.current
    desk.key(key)
    assert desk.label(neuron).modality is Modality(modality)
    assert desk.view.decision.classes[Modality(modality)].chosen
    desk.key(key)
    assert desk.label(neuron).modality is None
    assert desk.control.current == neuron


def test_digits_rate_the_numpad_too_and_zero_clears(desk) -> None:
    neuron = desk.control.current
    desk.key(Key.Key_4)
    assert desk.label(neuron).rating == 4
    desk.key(Key.Key_2, Qt.KeyboardModifier.KeypadModifier)
    assert desk.label(neuron).rating == 2
    assert desk.view.decision.ratings[2].chosen
    assert not desk.view.decision.ratings[4].chosen
    desk.key(Key.Key_0)
    assert desk.label(neuron).rating is None


def test_skip_leads_on_and_flag_stays(desk) -> None:
    neuron = desk.control.current
    desk.key(Key.Key_F)
    assert desk.label(neuron).flagged
    assert desk.control.current == neuron
    desk.key(Key.Key_S)
    assert desk.label(neuron).skipped
    assert desk.control.current != neuron


def test_edit_commits_with_enter_and_leads_on(desk) -> None:
    neuron = desk.control.current
    desk.key(Key.Key_E)
    field = desk.view.decision.concept.field
    assert field.hasFocus()
    QTest.keyClicks(field, "new words")
    assert desk.uncommitted[-1] is True
    desk.key(Key.Key_Return)
    assert desk.uncommitted[-1] is False
    label = desk.label(neuron)
    assert (label.decision, label.concept) == (Decision.EDITED, "new words")
    assert desk.control.current != neuron
    assert desk.control.rows.columns.concept(neuron) == "new words"


def test_escape_leaves_the_edit_without_a_change(desk) -> None:
    neuron = desk.control.current
    desk.key(Key.Key_E)
    QTest.keyClicks(desk.view.decision.concept.field, "zzz")
    desk.key(Key.Key_Escape)
    assert not desk.view.decision.concept.editing
    assert desk.uncommitted[-1] is False
    assert desk.label(neuron).decision is None


def test_a_runner_up_is_one_click(desk) -> None:
    desk.control.show(0)
    desk.settle()
    button = desk.view.decision.concept.others.buttons[0]
    words = button.accessibleName()
    desk.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    desk.settle()
    label = desk.label(0)
    assert label.decision is Decision.EDITED
    assert f"“{label.concept}”" in words


def test_no_key_acts_while_a_note_is_written_and_the_note_is_saved(desk) -> None:
    neuron = desk.control.current
    desk.key(Key.Key_O)
    note = desk.view.decision.note
    assert note.hasFocus()
    for letter in "vtmu12345exsfjkn0":
        QTest.keyClick(note, letter)
    QTest.keyClick(note, Key.Key_Return)
    assert desk.control.current == neuron
    assert desk.uncommitted[-1] is True
    desk.view.setFocus()
    desk.settle()
    assert desk.uncommitted[-1] is False
    label = desk.label(neuron)
    assert label.note == "vtmu12345exsfjkn0\n"
    assert (label.decision, label.modality, label.rating) == (None, None, None)


def test_a_note_is_saved_after_a_pause_and_belongs_to_its_neuron(desk) -> None:
    first = desk.control.current
    desk.view.decision.note.setFocus()
    QTest.keyClicks(desk.view.decision.note, "slow")
    desk.qtbot.waitUntil(lambda: not desk.view.decision.note.uncommitted, timeout=5000)
    desk.settle()
    assert desk.label(first).note == "slow"
    QTest.keyClicks(desk.view.decision.note, "er")
    desk.control.step(1)
    desk.settle()
    assert desk.label(first).note == "slower"
    assert desk.view.decision.note.toPlainText() == ""


def test_j_and_k_and_arrows_walk_through_the_list(desk) -> None:
    rows = desk.control.rows
    start = desk.control.current
    for key, by in ((Key.Key_J, 1), (Key.Key_Down, 1), (Key.Key_K, -1), (Key.Key_Up, -1)):
        expected = rows.step(desk.control.current, by)
        desk.key(key)
        assert desk.control.current == expected
        assert desk.view.neurons.table.currentIndex().row() == rows.row_of(expected)
    assert desk.control.current == start


def test_undo_goes_back_to_the_neuron_and_redo_again(desk) -> None:
    first = desk.control.current
    desk.key(Key.Key_Return)
    assert f"neuron {first}" in desk.actions.action("edit.undo").text()
    desk.key(Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert desk.control.current == first
    assert desk.label(first).decision is None
    assert desk.control.rows.columns.progress()[0] == 0
    desk.key(Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert desk.label(first).decision is Decision.ACCEPTED


def test_a_save_that_fails_stays_in_sight_and_the_neuron_stays(desk, monkeypatch) -> None:
    def full(*_args):
        raise DiskFullError("The disk is full. Make room, then try again.")

    neuron = desk.control.current
    with monkeypatch.context() as broken:
        broken.setattr(annotate, "reject", full)
        desk.key(Key.Key_X)
    assert desk.control.current == neuron
    assert desk.view.problem.isVisible()
    assert "The disk is full" in desk.view.problem._text.text()
    assert desk.saved[-1][0] is False
    assert desk.label(neuron).decision is None
    desk.view.problem.retry.click()
    desk.settle()
    assert not desk.view.problem.isVisible()
    assert desk.saved[-1][0] is True
    assert desk.label(neuron).decision is Decision.REJECTED
    assert desk.control.current != neuron


def test_typing_ahead_rates_the_next_neuron_and_decides_nothing_unseen(desk) -> None:
    first, second = desk.control.current, desk.control.rows.next_open(desk.control.current)
    focus = desk.window.focusWidget()
    for key in (Key.Key_Return, Key.Key_5, Key.Key_Return):
        QTest.keyClick(focus, key)
    desk.settle()
    assert desk.label(first).rating is None
    assert desk.label(second).rating == 5
    assert desk.label(second).decision is None
    assert desk.control.current == second


def test_a_key_held_down_decides_once(desk) -> None:
    first = desk.control.current
    focus = desk.window.focusWidget()
    for again in (False, True, True, True):
        event = QKeyEvent(QEvent.Type.KeyPress, Key.Key_X, Qt.KeyboardModifier.NoModifier, "x", again)
        QApplication.sendEvent(focus, event)
        desk.settle()
    labels = desk.ask(lambda project: project.events.labels("Ada"))
    assert [label.neuron for label in labels] in ([first], [])


def test_searching_keeps_the_neuron_in_front_and_the_focus(desk) -> None:
    neuron = desk.control.current
    panel = desk.view.neurons
    other = next(
        n
        for n in range(40)
        if desk.control.rows.columns.concept(n) not in ("", desk.control.rows.columns.concept(neuron))
    )
    desk.view.search(desk.control.rows.columns.concept(other))
    desk.settle()
    assert other in desk.control.rows.rows
    assert desk.control.current == neuron
    desk.view.search("")
    desk.settle()
    assert panel.table.currentIndex().row() == desk.control.rows.row_of(neuron)


def test_filters_and_order_keep_the_neuron_selected(desk) -> None:
    panel, neuron = desk.view.neurons, 4
    desk.control.show(neuron)
    desk.settle()
    for query in (
        Query(sort=SortKey.NEURON),
        Query(sort=SortKey.MEAN, descending=True),
        Query(shown=Shown.VISUAL),
    ):
        panel.ask(query)
        assert panel.model.neuron_at(panel.table.currentIndex()) == neuron
        assert desk.control.current == neuron


def test_an_empty_list_says_so_and_clears_with_one_click(desk) -> None:
    panel = desk.view.neurons
    desk.view.search("no such thing")
    assert panel._stack.currentIndex() == 1
    assert panel.nothing.clear.isVisible()
    desk.qtbot.mouseClick(panel.nothing.clear, Qt.MouseButton.LeftButton)
    assert len(desk.control.rows) == 40


def test_reviewed_neurons_stay_in_their_row_until_the_list_is_asked_anew(desk) -> None:
    desk.view.neurons.ask(Query(queue=Queue.OPEN, sort=SortKey.NEURON))
    desk.control.show(0)
    desk.settle()
    desk.key(Key.Key_X)
    assert desk.control.rows.row_of(0) == 0
    desk.view.neurons.ask(Query(queue=Queue.REVIEWED, sort=SortKey.NEURON))
    assert desk.control.rows.rows.tolist() == [0]


def test_the_record_says_what_was_seen(desk) -> None:
    desk.control.show(2)
    desk.settle()
    desk.actions.action("view.quantiles").trigger()
    desk.key(Key.Key_X)
    seen = desk.ask(lambda project: project.events.of(2))[-1].seen
    kinds = {evidence_id.split(":")[2] for evidence_id in seen.evidence_ids}
    assert kinds == {ExampleKind.TOP.value, ExampleKind.QUANTILE.value}
    assert {"A_v", "A_t", "image_share", "score"} <= set(seen.scores)


def test_the_review_goes_on_where_it_stopped(desk) -> None:
    first = desk.control.current
    desk.key(Key.Key_Return)
    second = desk.control.current
    desk.view.close_project()
    assert desk.control.rows is None
    desk.open()
    assert desk.control.current == second
    assert desk.view.neurons.model.rows.columns.table.reviewed[first]


def test_another_reviewer_sees_their_own_labels(desk) -> None:
    first = desk.control.current
    desk.key(Key.Key_3)
    desk.view.set_annotator("Grace")
    desk.settle()
    assert desk.control.current == first
    assert not desk.view.decision.ratings[3].chosen
    desk.key(Key.Key_1)
    assert desk.label(first, "Grace").rating == 1
    assert desk.label(first, "Ada").rating == 3


def test_scores_that_come_later_are_shown(desk) -> None:
    neuron = desk.control.current

    def rename(project):
        from dataclasses import replace

        verdict = project.verdicts.get(neuron)
        project.verdicts.write([replace(verdict, concept="later words")])
        return Changes(scores=frozenset({neuron}))

    desk.ask(rename)
    desk.settle()
    assert desk.control.current == neuron
    assert desk.view.decision.concept._concept.text() == "later words"


def test_the_first_picture_opens_the_key_goes_on_and_escape_closes(desk) -> None:
    desk.control.show(0)
    desk.settle()
    zoom = desk.view.evidence.zoom
    desk.actions.action("view.zoom").trigger()
    desk.settle()
    assert zoom.isVisible()
    assert zoom.place == 0
    desk.key(Key.Key_Z)
    assert zoom.place == 1
    before = zoom.picture_rect()
    zoom.zoom(2.0, zoom.rect().center())
    assert zoom.picture_rect().width() == pytest.approx(2 * before.width())
    desk.key(Key.Key_Escape)
    assert not zoom.isVisible()


def test_a_double_click_opens_that_picture(desk) -> None:
    desk.control.show(0)
    desk.settle()
    grid = desk.view.evidence.grid
    at: QPoint = grid.rect_of(1).center()
    desk.qtbot.mouseDClick(grid, Qt.MouseButton.LeftButton, pos=at)
    assert desk.view.evidence.zoom.place == 1


def test_every_verb_of_the_review_has_an_action_and_a_button_that_shows_its_key(desk) -> None:
    decision = desk.view.decision
    buttons = [
        decision.concept.accept,
        decision.concept.edit,
        decision.concept.reject,
        decision.skip,
        decision.flag,
    ]
    buttons += [*decision.classes.values(), *decision.ratings.values()]
    for button in buttons:
        assert "key" in button.accessibleName()
        assert button.toolTip()
    desk.actions.set_keys("review.skip", ["Ctrl+Alt+S"])
    assert "Ctrl+Alt+S" in decision.skip.accessibleName()
    assert verbs.skip()(1, None) is not None


def test_enter_accepts_the_answer_that_there_is_no_concept(desk) -> None:
    neuron = nameless(desk)
    desk.control.show(neuron)
    desk.settle()
    assert desk.view.decision.concept.accept.isEnabled()
    desk.key(Key.Key_Return)
    label = desk.label(neuron)
    assert label.decision is Decision.ACCEPTED
    assert label.concept is None
    assert desk.control.current != neuron


def test_enter_asks_for_words_where_nothing_was_proposed(desk) -> None:
    neuron = nameless(desk)
    desk.ask(forget_proposals, neuron)
    desk.view.refresh(Changes(proposals=frozenset({neuron})))
    desk.control.show(neuron)
    desk.settle()
    desk.key(Key.Key_Return)
    assert desk.view.decision.concept.editing
    assert desk.label(neuron).decision is None


def nameless(desk) -> int:
    """A neuron for which the explainer found no concept."""
    columns = desk.control.rows.columns
    return next(n for n in range(40) if columns.concept(n) in (None, ""))


def forget_proposals(project, neuron) -> None:
    with project.transaction():
        project.database.execute("DELETE FROM proposal WHERE neuron=?", (neuron,))
