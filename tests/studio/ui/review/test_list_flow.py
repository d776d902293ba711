"""The list through its widgets: queues, searches, saved views, several rows, where one stopped, a goal."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QLabel, QMenu

from studio.domain.modality import TokenKind
from studio.domain.queue import Queue
from studio.domain.score import Score
from studio.domain.search import field_names
from studio.domain.shared import Policy
from studio.services import annotate, assign
from studio.services.discuss import comment
from studio.services.full_text import fill
from studio.services.policy import set_policy
from studio.services.queues import queues
from studio.ui.review.neuron_query import Query, Shown, SortKey
from studio.ui.review.query_json import query_from_json, query_to_json
from studio.ui.review.resume import Place, Places
from studio.ui.session import Session
from studio.ui.settings import WindowState
from studio.ui.top_bar import TopBar

Key = Qt.Key


def entry(menu: QMenu, words: str):
    """The action of a menu that begins with these words."""
    menu.fill()
    return next(a for a in menu.actions() if a.text().startswith(words))


def dialog(desk, name: str) -> QDialog:
    desk.qtbot.waitUntil(lambda: bool(desk.window.findChildren(QDialog, name)))
    return desk.window.findChildren(QDialog, name)[-1]


def rows(desk) -> list[int]:
    desk.settle()
    return desk.control.rows.rows.tolist()


def test_each_queue_shows_what_the_service_says(desk) -> None:
    desk.ask(annotate.skip, "Ada", 3)
    desk.ask(annotate.flag, "Ada", 5, True)
    desk.ask(annotate.reject, "Ada", 6)
    desk.ask(annotate.accept, "Bo", 6, "a dog")
    desk.ask(comment, "Bo", 7, "hm")
    desk.ask(assign.assign, "Ada", assign.Plan("b", {8: ("Ada",), 9: ("Bo",)}, {}))
    desk.control._reread()
    desk.settle()
    expected = desk.ask(queues, "Ada")
    menu = desk.view.list_acts.queue_menu
    for queue, name in (
        (Queue.OPEN, "Not reviewed"),
        (Queue.SKIPPED, "Skipped"),
        (Queue.FLAGGED_BY_ME, "Flagged by me"),
        (Queue.REVIEWED, "Reviewed"),
        (Queue.LOW_CONFIDENCE, "Low confidence"),
        (Queue.LINES, "Lines of evidence"),
        (Queue.ASSIGNED, "Assigned to me"),
        (Queue.DISAGREEMENT, "Annotators disagree"),
        (Queue.DISCUSSED, "Discussed"),
    ):
        action = entry(menu, name)
        assert action.text().endswith(f"\t{expected.count(queue)}")
        action.trigger()
        assert sorted(rows(desk)) == expected.members[queue].nonzero()[0].tolist(), name
        assert entry(menu, name).isChecked()
    entry(menu, "All neurons").trigger()
    assert len(rows(desk)) == 40


def test_a_random_sample_asks_how_many_and_can_be_drawn_again(desk) -> None:
    entry(desk.view.list_acts.queue_menu, "Random sample").trigger()
    asked = dialog(desk, "sample")
    asked.size_field.setValue(7)
    asked.seed_field.setValue(3)
    asked._accept()
    first = rows(desk)
    assert len(first) == 7
    desk.view.neurons.show_sample(7, 4)
    assert rows(desk) != first
    desk.view.neurons.show_sample(7, 3)
    assert rows(desk) == first


def test_orders_by_uncertainty_and_by_ones_own_chance(desk) -> None:
    expected = desk.ask(queues, "Ada")
    desk.view.neurons.ask(Query(sort=SortKey.MINE))
    assert rows(desk) == expected.order.tolist()
    desk.view.neurons.ask(Query(sort=SortKey.UNCERTAINTY))
    margin = expected.uncertainty[rows(desk)]
    assert (margin[:-1] <= margin[1:]).all()


def test_the_search_finds_tokens_notes_and_comments_in_the_index(desk) -> None:
    desk.ask(annotate.note, "Ada", 11, "half hidden zebra")
    desk.ask(comment, "Bo", 12, "really a zebra?")
    while not desk.ask(fill, 1.0).complete:
        pass
    desk.view.search("zebra")
    assert {11, 12} <= set(rows(desk))
    desk.view.search("note:zebra")
    assert rows(desk) == [11]
    desk.view.search("-note:zebra comment:zebra")
    assert rows(desk) == [12]
    desk.view.search("token:is")
    words = [c for c in rows(desk) if desk.control.rows.columns.modality(c).value == "textual"]
    assert words


def test_a_search_from_before_the_queues_were_read_finds_words_of_others_once_they_are(desk) -> None:
    desk.ask(comment, "Bo", 12, "really a zebra?")
    while not desk.ask(fill, 1.0).complete:
        pass
    desk.settle()
    desk.control.rows.columns.facts = None
    desk.view.search("comment:zebra")
    desk.view.reader._read_facts()
    assert rows(desk) == [12]


def test_a_note_that_was_just_written_is_found(desk) -> None:
    desk.view.search("note:giraffe")
    assert rows(desk) == []
    desk.view.search("")
    desk.control.note(2, "a giraffe")
    desk.settle()
    desk.view.search("note:giraffe")
    assert rows(desk) == [2]


def test_what_is_not_understood_is_said_and_the_rest_is_shown(desk) -> None:
    panel = desk.view.neurons
    desk.view.search("class:visual colour:red")
    assert panel._problems.isVisible()
    assert "no field “colour”" in panel._problems.text()
    assert rows(desk) == rows_of(desk, Query(shown=Shown.VISUAL))
    desk.view.search("class:visual")
    assert not panel._problems.isVisible()


def rows_of(desk, query: Query) -> list[int]:
    return desk.control.rows.columns.find(query).tolist()


def test_scores_of_a_scorer_are_a_field(desk) -> None:
    desk.ask(
        lambda project: project.scores.write(
            [Score(n, TokenKind.IMAGE, "Fuzzing", "x", n / 40) for n in range(40)]
        )
    )
    desk.control._reread()
    desk.settle()
    desk.view.search("fuzzing>0.9")
    assert sorted(rows(desk)) == [37, 38, 39]
    assert desk.view.neurons.scores() == ("fuzzing",)


def test_shift_and_ctrl_select_and_the_neuron_in_front_stays_with_the_mouse(desk) -> None:
    table, panel = desk.view.neurons.table, desk.view.neurons
    click(desk, 1)
    assert panel.selected() == [int(desk.control.rows.rows[1])]
    click(desk, 4, Qt.KeyboardModifier.ShiftModifier)
    assert panel.selected() == desk.control.rows.rows[1:5].tolist()
    click(desk, 7, Qt.KeyboardModifier.ControlModifier)
    assert panel.selected() == [*desk.control.rows.rows[1:5].tolist(), int(desk.control.rows.rows[7])]
    assert desk.control.current == desk.control.rows.rows[7]
    assert panel.selected_button.isVisible()
    assert "5 selected" in panel.selected_button.text()
    desk.key(Key.Key_J)
    assert panel.selected() == [int(desk.control.rows.rows[8])]
    assert not panel.selected_button.isVisible()
    table.setFocus()
    desk.key(Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert len(panel.selected()) == 2


def click(desk, row: int, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    table = desk.view.neurons.table
    at = table.visualRect(table.model().index(row, 1)).center()
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, modifier, at)
    desk.settle()


def test_ctrl_a_selects_the_list_and_in_a_field_its_text(desk) -> None:
    panel, note = desk.view.neurons, desk.view.decision.note
    note.setFocus()
    QTest.keyClicks(note, "zebra")
    desk.key(Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert note.textCursor().selectedText() == "zebra"
    assert len(panel.selected()) == 1
    panel.table.setFocus()
    desk.key(Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert sorted(panel.selected()) == list(range(40))
    assert desk.control.current in panel.selected()


def test_a_view_is_saved_used_renamed_and_deleted(desk) -> None:
    menu, panel = desk.view.list_acts.views_menu, desk.view.neurons
    wanted = Query(Shown.VISUAL, Queue.OPEN, "score>0.3", SortKey.SCORE, descending=True)
    panel.ask(wanted)
    desk.actions.action("neurons.save_view").trigger()
    asked = dialog(desk, "view_name")
    asked.field.setText(" Good & visual ")
    asked._accept()
    desk.settle()
    panel.ask(Query())
    entry(menu, "Good && visual").trigger()
    assert panel.query == wanted
    menu.rename("Good & visual", "Better")
    desk.settle()
    assert list(menu.known) == ["Better"]
    menu.read()
    desk.settle()
    assert query_from_json(menu.known["Better"]) == wanted
    menu.delete("Better")
    desk.settle()
    assert not menu.known
    assert not entry(menu, "No saved views").isEnabled()


@pytest.mark.parametrize(
    "query",
    [
        Query(),
        Query(queue=Queue.SAMPLE, seed=4, size=12, only=frozenset({3, 1}), only_name="Mine", text='a "b'),
    ],
)
def test_a_query_survives_json(query: Query) -> None:
    assert query_from_json(query_to_json(query)) == query


def test_nonsense_in_a_kept_query_is_passed_over() -> None:
    found = {"shown": "purple", "queue": 7, "seed": -1, "only": ["x"], "text": 3, "sort": "score", "new": 1}
    assert query_from_json(found) == Query(sort=SortKey.SCORE)


def test_each_annotator_goes_on_where_they_stopped(bare_desk, own_settings) -> None:
    desk = bare_desk
    desk.view.place.places = Places(WindowState())
    desk.open()
    desk.view.neurons.ask(Query(shown=Shown.TEXTUAL, sort=SortKey.NEURON))
    desk.control.show(13)
    desk.view.list_acts.goal.set_goal(50)
    desk.settle()
    desk.view.set_annotator("Bo")
    desk.settle()
    assert desk.view.neurons.query == Query()
    desk.view.set_annotator("Ada")
    desk.settle()
    assert desk.control.current == 13
    assert desk.view.neurons.query.shown is Shown.TEXTUAL
    desk.view.close_project()
    desk.view.open_project(Session(desk.path, "Scenes", "Ada", None))
    desk.settle()
    assert desk.control.current == 13
    assert desk.view.list_acts.goal.goal == 50


def test_nonsense_about_where_one_stopped_is_the_usual_start(own_settings) -> None:
    state = WindowState()
    places = Places(state)
    places.keep("p", "Ada", Place(3, Query(text="x"), 5))
    assert places.get("p", "Ada") == Place(3, Query(text="x"), 5)
    assert places.get("p", "Bo") == Place()
    for key in state._store.allKeys():
        state.save_text(key, '{"neuron": "x", "query": 4}')
    assert places.get("p", "Ada") == Place()


def test_a_goal_is_counted_and_reached_quietly(desk) -> None:
    told = []
    desk.view.list_acts.goal_changed.connect(lambda done, goal: told.append((done, goal)))
    desk.actions.action("neurons.goal").trigger()
    asked = dialog(desk, "goal")
    asked.field.setValue(2)
    asked._accept()
    desk.back()
    desk.key(Key.Key_X)
    desk.key(Key.Key_X)
    desk.key(Key.Key_X)
    assert told == [(0, 2), (1, 2), (2, 2), (3, 2)]
    desk.view.list_acts.goal.start(1)
    desk.control.decided.emit()
    assert "goal" in desk.view.list_acts.toast.words.text()


def test_reopen_takes_the_decision_back_and_can_be_undone(desk) -> None:
    neuron = desk.control.current
    desk.key(Key.Key_X)
    desk.control.show(neuron)
    desk.settle()
    desk.actions.action("review.reopen").trigger()
    desk.settle()
    assert not desk.label(neuron).reviewed
    desk.key(Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert desk.label(neuron).reviewed


def test_tags_are_given_and_taken_away_on_the_neuron(desk) -> None:
    neuron, tags = desk.control.current, desk.view.decision.tags
    desk.key(Key.Key_A)
    assert tags.field.hasFocus()
    QTest.keyClicks(tags.field, "animal, big cat")
    desk.key(Key.Key_Return)
    assert desk.label(neuron).tags == ("animal", "big cat")
    assert desk.control.current == neuron
    desk.view.search("tag:big")
    assert rows(desk) == [neuron]
    tags.chips["animal"].click()
    desk.settle()
    assert desk.label(neuron).tags == ("big cat",)
    assert list(tags.chips) == ["big cat"]


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_the_queue_and_view_menus_open_by_keyboard(desk) -> None:
    for key, menu in ((Key.Key_Q, "queue_menu"), (Key.Key_W, "views_menu"), (Key.Key_B, "bulk_menu")):
        desk.key(key)
        found = getattr(desk.view.list_acts, menu)
        desk.qtbot.waitUntil(found.isVisible)
        assert found.activeAction() is not None
        found.close()
        desk.back()


def test_the_index_is_filled_while_nobody_works(bare_desk, monkeypatch) -> None:
    desk = bare_desk
    desk.view.reader._rest.setInterval(1)
    monkeypatch.setattr("studio.ui.review.list_reader.REST_MS", 1)
    with desk.qtbot.waitSignal(desk.view.reader.filled, check_params_cb=lambda done, total: done == total):
        desk.open()
    assert desk.ask(lambda project: project.full_text.state()["tokens"]) == 40


@pytest.fixture
def bar(desk, qtbot):
    """The bar above the list, about this review."""
    made = TopBar(desk.actions, desk.themes)
    qtbot.addWidget(made)
    made.set_list(desk.view)
    made.search_changed.connect(desk.view.search)
    made.show()
    return made


def test_the_bar_shows_queue_search_and_goal_wherever_they_were_chosen(desk, bar) -> None:
    desk.view.neurons.ask(Query(queue=Queue.LOW_CONFIDENCE, text="class:visual"))
    assert bar.queue.text() == "Queue: Low confidence ▾"
    assert bar.search.text() == "class:visual"
    assert bar.queue.menu() is desk.view.list_acts.queue_menu
    bar.set_queue(12, 300, 140.0)
    desk.view.list_acts.goal.set_goal(50)
    assert bar._counts.text() == "12 / 300 · 140 per hour · goal 0 / 50"
    assert "goal 0 / 50" in bar._counts.accessibleName()
    bar.search.setCursorPosition(len(bar.search.text()))
    QTest.keyClicks(bar.search, " dog")
    assert desk.view.neurons.query.text == "class:visual dog"
    assert bar.search.text() == "class:visual dog"


def test_fields_and_choices_are_completed_behind_what_was_typed(bar) -> None:
    completer = bar.completer

    def offered(text: str) -> list[str]:
        bar.search.blockSignals(True)
        bar.search.setText(text)
        bar.search.blockSignals(False)
        completer.setCompletionPrefix(completer.splitPath(text)[0])
        model = completer.completionModel()
        found = [model.mapToSource(model.index(row, 0)) for row in range(model.rowCount())]
        return [completer.pathFromIndex(index) for index in found]

    assert "dog -class:visual" in offered("dog -clas")
    assert offered("status:sk") == ["status:skipped"]
    assert offered("do") == []
    completer.set_scores(["fuzzing"])
    assert offered("fuzz") == ["fuzzing>"]


def test_gold_is_offered_to_the_lead_only(desk) -> None:
    desk.ask(set_policy, "Lea", Policy(lead="Lea"))
    desk.control._reread()
    desk.settle()
    menu = desk.view.list_acts.queue_menu
    menu.fill()
    assert not [a for a in menu.actions() if a.text().startswith("Gold")]
    desk.view.set_annotator("Lea")
    desk.settle()
    menu.fill()
    assert [a for a in menu.actions() if a.text().startswith("Gold")]


def test_a_list_that_a_page_has_shown_stays_in_the_menu(desk) -> None:
    desk.view.show_list([3, 5, 8], "Like neuron 3")
    assert sorted(rows(desk)) == [3, 5, 8]
    menu = desk.view.list_acts.queue_menu
    entry(menu, "All neurons").trigger()
    entry(menu, "Like neuron 3").trigger()
    assert sorted(rows(desk)) == [3, 5, 8]


def test_the_help_on_the_search_names_every_field(desk) -> None:
    desk.actions.action("help.search").trigger()
    shown = dialog(desk, "search_help")
    texts = {label.text().rstrip(":") for label in shown.findChildren(QLabel)}
    assert set(field_names()) <= texts
    shown.reject()
