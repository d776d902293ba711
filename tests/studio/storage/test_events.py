"""Annotations are append-only, and a changed or missing one shows."""

from __future__ import annotations

import json
import sqlite3
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.domain.annotation import FIELDS, Decision, EventKind, Seen
from studio.services.annotate import accept, annotate, flag, rate
from studio.services.discuss import comment
from studio.services.gold import mark_gold
from studio.services.undo import undo
from studio.storage.event_codec import event_id
from studio.storage.label_fold import label_values
from studio.storage.project import Project


def annotate_some(project):
    accept(project, "Ada", 1, "dog", Seen(("1:image:top:s",), {"score": 0.25}, blind=True))
    rate(project, "Ada", 1, 4)
    rate(project, "Grace", 1, 2)
    flag(project, "Ada", 2, True)
    undo(project, "Ada")


def test_an_event_says_who_what_when_and_what_was_seen(small_project):
    annotate_some(small_project)
    first, *_ = small_project.events.all()
    assert (first.annotator, first.neuron, first.kind) == ("Ada", 1, EventKind.SET)
    assert dict(first.new) == {"decision": "accepted", "concept": "dog"}
    assert dict(first.old) == {"decision": None, "concept": None}
    assert first.seen == Seen(("1:image:top:s",), {"score": 0.25}, blind=True)
    assert first.at.endswith("+00:00")
    assert first.title == "accept, neuron 1"


def test_events_form_a_chain(small_project):
    annotate_some(small_project)
    events = small_project.events.all()
    assert [e.clock for e in events] == [1, 2, 3, 4, 5]
    assert [e.previous for e in events] == ["", *(e.id for e in events[:-1])]
    assert all(event_id(e) == e.id for e in events)
    assert small_project.events.heads() == [events[-1].id]
    assert small_project.events.verify() == []


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE event SET new='{}' WHERE clock=2",
        "DELETE FROM event WHERE clock=2",
        "DELETE FROM event",
        "REPLACE INTO event SELECT * FROM event WHERE clock=1",
    ],
)
def test_sql_cannot_change_them(small_project, sql):
    annotate_some(small_project)
    before = small_project.events.all()
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        small_project.database.execute(sql)
    assert small_project.events.all() == before


TAMPERED = {
    "value": ("UPDATE event SET new=replace(new, '4', '5') WHERE clock=2", "neuron 1 by Ada"),
    "name": ("UPDATE event SET annotator='Eve' WHERE clock=3", "was changed"),
    "seen": ("UPDATE event SET seen=replace(seen, 'true', 'false') WHERE clock=1", "was changed"),
    "clock": ("UPDATE event SET clock=99 WHERE clock=1", "was changed"),
    "middle": ("DELETE FROM event WHERE clock=2", "What came before"),
    "last": ("DELETE FROM event WHERE clock=5", "newest annotations"),
    "all": ("DELETE FROM event", "newest annotations"),
}


@pytest.mark.parametrize("how", list(TAMPERED))
def test_tampering_is_named(small_project, how):
    annotate_some(small_project)
    sql, sentence = TAMPERED[how]
    small_project.database.execute("DROP TRIGGER event_no_update")
    small_project.database.execute("DROP TRIGGER event_no_delete")
    small_project.database.execute(sql)
    problems = small_project.events.verify()
    assert any(sentence in problem for problem in problems)
    assert sorted(bit_by_bit(small_project.events, 2)) == sorted(problems)


def bit_by_bit(events, count):
    """What `verify` says, from the parts that an open project is looked through in."""
    row, found = 0, []
    while True:
        row, _looked_at, problems = events.verify_part(row, count)
        found += problems
        if row is None:
            return found + events.verify_links()


def test_a_sound_history_is_sound_bit_by_bit_whatever_is_written(small_project):
    annotate_some(small_project)
    annotate(small_project, "Grace 🦫", 3, {"note": 'a "quoted" ü\n', "tags": ["b", "a"]})
    mark_gold(small_project, "Ada", 4, "dog", None, None)
    comment(small_project, "Ada", 4, "why?")
    assert bit_by_bit(small_project.events, 3) == []


def test_a_clock_that_runs_backwards_changes_nothing(small_project, monkeypatch):
    from studio.storage import events

    class Backwards(events.datetime):
        year_now = 2030

        @classmethod
        def now(cls, tz=None):
            cls.year_now -= 1
            return cls(cls.year_now, 1, 1, tzinfo=tz)

    monkeypatch.setattr(events, "datetime", Backwards)
    for rating in (1, 2, 3):
        rate(small_project, "Ada", 1, rating)
    assert small_project.events.label("Ada", 1).rating == 3
    assert [e.at[:4] for e in small_project.events.all()] == ["2029", "2028", "2027"]


def test_labels_of_one_annotator_are_theirs_alone(small_project):
    annotate_some(small_project)
    (ada,) = [x for x in small_project.events.labels("Ada") if x.neuron == 1]
    assert (ada.decision, ada.concept, ada.rating) == (Decision.ACCEPTED, "dog", 4)
    assert [x.rating for x in small_project.events.labels("Grace")] == [2]
    assert small_project.events.annotators() == ["Ada", "Grace"]


VALUES = st.one_of(
    st.fixed_dictionaries({"rating": st.sampled_from([None, 1, 5])}),
    st.fixed_dictionaries({"note": st.text(max_size=8)}),
    st.fixed_dictionaries({"flagged": st.booleans(), "skipped": st.booleans()}),
    st.fixed_dictionaries({"tags": st.lists(st.text("aß ", max_size=3), max_size=3)}),
    st.fixed_dictionaries({"decision": st.sampled_from(list(Decision)), "concept": st.text(max_size=5)}),
)
ACTS = st.lists(st.tuples(st.sampled_from(["Ada", "Grace 🦫"]), st.integers(0, 3), VALUES), max_size=12)


@pytest.fixture(scope="module")
def shared(small_file):
    """One project for all examples of a law; each example looks at annotators of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "shared.cstudio"
        path.write_bytes(small_file.read_bytes())
        with Project.open(path) as project:
            yield project


@settings(max_examples=40, deadline=None)
@given(ACTS, st.uuids())
def test_the_view_says_what_the_fold_says(shared, acts, unique):
    for who, neuron, new in acts:
        annotate(shared, f"{who} {unique}", neuron, new)
        mark_gold(shared, f"{who} {unique}", neuron, "dog")
        comment(shared, f"{who} {unique}", neuron, "hm")
    view = shared.database.rows("SELECT annotator, neuron, field, value FROM label")
    seen = {
        (a, n, f): json.loads(v) if f == "tags" else v
        for a, n, f, v in view
        if str(unique) in a and f in FIELDS
    }
    labels = [label for label in shared.events.labels() if str(unique) in label.annotator]
    for label in labels:
        for field, value in label_values(label).items():
            if (label.annotator, label.neuron, field) in seen:
                assert seen[(label.annotator, label.neuron, field)] == value
        assert label == shared.events.label(label.annotator, label.neuron)
    assert {(x.annotator, x.neuron) for x in labels} == {(a, n) for a, n, _ in seen}
    assert shared.events.verify() == []
