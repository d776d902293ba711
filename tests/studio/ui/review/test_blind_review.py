"""Blind review through the widgets: nothing leaks before a reveal, and each reveal is in the record."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QPlainTextEdit, QTableView, QWidget

from studio.domain.annotation import EventKind
from studio.domain.shared import Policy
from studio.services import annotate
from studio.services.policy import set_policy
from studio.ui.review.neuron_query import Query, Shown, SortKey

Key = Qt.Key
#: What a colleague said of every neuron; none of it may be seen.
PEER = "zzpeer"


def prepare(project) -> None:
    for neuron in range(project.neuron_count()):
        annotate.edit(project, "Cy", neuron, f"{PEER} words")
        annotate.note(project, "Cy", neuron, f"{PEER} note")


@pytest.fixture
def blind(bare_desk):
    """Ada reviews blind; the lead is Bo, and Cy has labelled everything."""
    return opened(bare_desk, Policy(blind=True, rate_before_reveal=True, lead="Bo"))


def opened(desk, policy: Policy):
    from studio.services.projects import open_project

    with open_project(desk.path) as project:
        prepare(project)
        set_policy(project, "Bo", policy)
    desk.open()
    return desk


def secrets(desk, neuron: int) -> set[str]:
    """What was found out automatically about a neuron, and the numbers shown for it."""

    def read(project):
        verdict = project.verdicts.get(neuron)
        words = {p.concept for p in project.proposals.of(neuron) if p.concept}
        words |= {c for p in project.proposals.of(neuron) for c, _ in p.candidates}
        return words | ({f"{verdict.score:.2f}".lstrip("0")} if verdict else set())

    return desk.ask(read)


def texts(window: QWidget) -> list[str]:
    """Everything that widgets say: shown, spoken, as a tooltip, in every cell of every list."""
    said: list[str] = []
    for widget in (window, *window.findChildren(QWidget)):
        said += [widget.accessibleName(), widget.accessibleDescription(), widget.toolTip()]
        if isinstance(widget, (QLabel, QAbstractButton, QLineEdit)) and not widget.isHidden():
            said.append(widget.text())
        if isinstance(widget, QPlainTextEdit):
            said.append(widget.toPlainText())
        if isinstance(widget, QTableView):
            said += cells(widget)
    return [text for text in said if text]


def cells(table: QTableView) -> list[str]:
    model = table.model()
    roles = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole)
    places = [model.index(r, c) for r in range(model.rowCount()) for c in range(model.columnCount())]
    return [str(at.data(role) or "") for at in places for role in roles]


def leaks(desk, neurons) -> list[str]:
    said = texts(desk.window)
    found = [text for text in said if PEER in text]
    for neuron in neurons:
        desk.control.show(neuron)
        desk.settle()
        hidden = secrets(desk, neuron)
        evidence = desk.view.evidence.texts.window() and hidden  # examples show the words themselves
        shown = texts(desk.view.decision) + texts(desk.view.neurons) + texts(desk.view.evidence.similar)
        found += [text for text in shown if PEER in text or any(h == text.strip("“” ") for h in evidence)]
    return found


def test_nothing_is_shown_spoken_or_listed_before_a_reveal(blind) -> None:
    assert leaks(blind, range(12)) == []
    detail = blind.control.detail
    assert detail.proposals == []
    assert detail.alignments == []
    assert detail.verdict is None
    assert detail.history == []
    assert blind.view.decision.scores.isHidden()
    assert not blind.view.decision.cover.isHidden()
    assert "hidden until you reveal" in blind.view.decision.side.history.accessibleDescription()


def test_the_same_walk_finds_the_words_where_nothing_is_hidden(bare_desk) -> None:
    """The test above can fail: with no policy the same look finds them."""
    desk = opened(bare_desk, Policy(lead="Bo"))
    assert leaks(desk, range(4)) != []


@pytest.mark.parametrize("key", list(SortKey))
def test_no_order_of_the_list_tells_class_score_or_concept(blind, key) -> None:
    columns = blind.control.rows.columns
    rows = columns.order(key, False).tolist()
    if key in (SortKey.REVIEW, SortKey.CONCEPT, SortKey.SCORE, SortKey.SHARE, SortKey.UNCERTAINTY):
        assert rows == sorted(rows)


def test_no_filter_and_no_search_tells_anything(blind) -> None:
    columns = blind.control.rows.columns
    counts = columns.counts()
    assert {shown: counts[shown] for shown in Shown if shown is not Shown.ALL} == dict.fromkeys(
        [s for s in Shown if s is not Shown.ALL], 0
    )
    words = set().union(*(secrets(blind, neuron) for neuron in range(12)))
    for word in [*words, PEER, "score:0..1", "class:visual", "q:0..1", "by:Cy", "is:disagree", "has:concept"]:
        blind.view.search(word)
        blind.settle()
        found = [n for n in blind.view.neurons.model.rows.rows.tolist() if not word.isdigit()]
        assert found == [], word
    blind.view.neurons.ask(Query())


def test_r_asks_for_what_the_policy_wants_first_and_shows_nothing(blind) -> None:
    blind.control.show(0)
    blind.settle()
    blind.key(Key.Key_R)
    told = blind.saved[-1][1]
    assert "class" in told
    assert "rating" in told
    assert "your words" in told
    assert blind.control.detail.verdict is None
    assert blind.ask(lambda p: p.events.reveals()) == []


def commit(desk, neuron: int) -> None:
    desk.control.show(neuron)
    desk.settle()
    desk.view.setFocus()
    for key in (Key.Key_M, Key.Key_4, Key.Key_Return):
        desk.key(key)
    desk.qtbot.keyClicks(desk.view.decision.concept.field, "my words")
    desk.key(Key.Key_Return)
    desk.control.show(neuron)
    desk.settle()


def test_commit_then_reveal_shows_all_and_records_time_state_and_what_was_seen(blind) -> None:
    commit(blind, 0)
    assert blind.control.detail.verdict is None
    assert not any(PEER in text for text in texts(blind.view.decision))
    blind.view.setFocus()
    blind.key(Key.Key_R)
    detail = blind.control.detail
    assert detail.neuron == 0
    assert detail.verdict is not None
    assert detail.proposals
    assert any(event.annotator == "Cy" for event in detail.history)
    (reveal,) = blind.ask(lambda p: p.events.reveals(0, "Ada"))
    assert reveal.shown == ("class", "peers", "proposal")
    assert (reveal.label.concept, reveal.label.rating) == ("my words", 4)
    assert reveal.at > detail.history[0].at
    assert not reveal.seen.scores


def test_decisions_say_whether_they_were_blind(blind) -> None:
    commit(blind, 0)
    blind.view.setFocus()
    blind.key(Key.Key_R)
    blind.key(Key.Key_2)
    acts = blind.ask(lambda p: [e for e in p.events.of(0) if e.annotator == "Ada"])
    said = {e.title.split(",")[0]: e.seen for e in acts if e.kind is EventKind.SET}
    blind_seen, after = said["rate 4"], said["rate 2"]
    assert (blind_seen.blind, blind_seen.revealed, dict(blind_seen.scores)) == (True, False, {})
    assert (after.blind, after.revealed) == (True, True)
    assert "score" in after.scores


def test_undo_and_redo_leave_the_reveal(blind) -> None:
    commit(blind, 0)
    blind.view.setFocus()
    blind.key(Key.Key_R)
    for _ in range(4):
        blind.key(Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    blind.control.show(0)
    blind.settle()
    assert len(blind.ask(lambda p: p.events.reveals(0, "Ada"))) == 1
    assert blind.control.detail.label.rating is None
    assert blind.control.detail.verdict is not None, "what was seen cannot be hidden again"


def test_a_reveal_uncovers_one_neuron_only(blind) -> None:
    commit(blind, 0)
    blind.view.setFocus()
    blind.key(Key.Key_R)
    assert blind.control.rows.columns.uncovered(0)
    blind.control.show(1)
    blind.settle()
    assert leaks(blind, range(1, 6)) == []


def test_history_after_a_save_stays_without_the_others(blind) -> None:
    blind.control.show(2)
    blind.settle()
    blind.view.setFocus()
    blind.key(Key.Key_3)
    assert [e.annotator for e in blind.control.detail.history] == ["Ada"]
    assert not any(PEER in text for text in texts(blind.view.decision))


def test_rate_first_shows_the_proposal_after_a_rating_and_never_hides_peers(bare_desk) -> None:
    desk = opened(bare_desk, Policy(rate_before_reveal=True, lead="Ada", lead_too=True))
    desk.control.show(0)
    desk.settle()
    assert desk.control.detail.proposals == []
    assert desk.control.detail.history, "others' work is hidden in blind review only"
    desk.view.setFocus()
    desk.key(Key.Key_4)
    desk.key(Key.Key_R)
    assert desk.control.detail.proposals
    assert desk.view.decision.concept.acceptable


def test_the_lead_sees_everything_unless_the_policy_says_so(bare_desk) -> None:
    desk = opened(bare_desk, Policy(blind=True, lead="Ada"))
    desk.control.show(0)
    desk.settle()
    assert desk.control.detail.cover is None
    assert desk.control.detail.verdict is not None


def test_accessibility_tells_no_more_than_the_screen(blind) -> None:
    seen: list[str] = []

    def walk(node) -> None:
        if node is None or not node.isValid():
            return
        seen.extend(node.text(role) for role in (QAccessible.Text.Name, QAccessible.Text.Description))
        for place in range(min(node.childCount(), 400)):
            walk(node.child(place))

    walk(QAccessible.queryAccessibleInterface(blind.view.decision))
    walk(QAccessible.queryAccessibleInterface(blind.view.neurons))
    assert len(seen) > 50
    assert not [text for text in seen if PEER in text]
