"""Laws of undo and redo, against a plain model with two stacks."""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.domain.annotation import Decision, EventKind, Seen
from studio.domain.shared import Gold, shared_json
from studio.services.annotate import Act, accept, annotate, annotate_many, rate, reject, skip
from studio.services.discuss import comment
from studio.services.gold import mark_gold, unmark_gold
from studio.services.reveal import reveal
from studio.services.undo import redo, redo_title, undo, undo_title
from studio.storage.label_fold import label_values
from studio.storage.project import Project

WHO = itertools.count()
NEURONS = (0, 1, 2)


@pytest.fixture(scope="module")
def shared(small_file):
    """One project; every example is an annotator of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "shared.cstudio"
        path.write_bytes(small_file.read_bytes())
        with Project.open(path) as project:
            yield project


def state(project, who):
    return [label_values(project.events.label(who, n)) for n in NEURONS]


class Model:
    """What undo and redo mean: a state, and two stacks of states."""

    def __init__(self, start):
        self.now, self.before, self.after = start, [], []

    def act(self, neurons, new):
        changed = [{**s, **new} if n in neurons else s for n, s in zip(NEURONS, self.now, strict=True)]
        if changed != self.now:
            self.before.append(self.now)
            self.after.clear()
            self.now = changed

    def move(self, source, target):
        if source:
            target.append(self.now)
            self.now = source.pop()
            return True
        return False


NEW = st.one_of(
    st.builds(lambda r: {"rating": r}, st.sampled_from([None, 1, 2])),
    st.builds(lambda s: {"note": s}, st.sampled_from(["", "a", "ß"])),
    st.builds(lambda d: {"decision": d, "concept": "dog"}, st.sampled_from([d.value for d in Decision])),
    st.just({"skipped": True}),
    st.builds(lambda t: {"tags": t}, st.sampled_from([[], ["a"], ["a", "ß"]])),
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.sets(st.sampled_from(NEURONS), min_size=1), NEW), st.just("undo"), st.just("redo")
    ),
    max_size=14,
)


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_any_mixture_equals_the_model(shared, steps):
    who = f"annotator {next(WHO)}"
    model = Model(state(shared, who))
    for step in steps:
        if step == "undo":
            assert (undo(shared, who) is not None) == model.move(model.before, model.after)
        elif step == "redo":
            assert (redo(shared, who) is not None) == model.move(model.after, model.before)
        else:
            neurons, new = step
            annotate_many(shared, who, [Act(n, new) for n in sorted(neurons)])
            model.act(neurons, new)
        assert state(shared, who) == model.now
        assert (undo_title(shared, who) is None) == (not model.before)
        assert (redo_title(shared, who) is None) == (not model.after)


SHARED_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("gold"), st.sampled_from(NEURONS), st.sampled_from([1, 2, None])),
        st.tuples(st.just("rate"), st.sampled_from(NEURONS), st.sampled_from([1, 2])),
        st.tuples(st.sampled_from(["reveal", "comment"]), st.sampled_from(NEURONS), st.none()),
        st.sampled_from(["undo", "redo"]),
    ),
    max_size=14,
)


def shared_state(project, who):
    return [
        {"rating": project.events.label(who, n).rating, "gold": project.events.shared_values(n)["gold"]}
        for n in NEURONS
    ]


def do(project, who, what, neuron, value):
    if what == "gold" and value is None:
        unmark_gold(project, who, [neuron])
    elif what == "gold":
        mark_gold(project, who, neuron, rating=value)
    elif what == "rate":
        rate(project, who, neuron, value)
    elif what == "reveal":
        reveal(project, who, neuron, ["proposal"], Seen())
    else:
        comment(project, who, neuron, "what is this?")


@settings(max_examples=60, deadline=None)
@given(SHARED_STEPS)
def test_shared_fields_follow_the_model_and_what_is_no_act_does_not_count(shared, steps):
    who = f"annotator {next(WHO)}"
    unmark_gold(shared, "Lead", NEURONS)
    model = Model(shared_state(shared, who))
    for step in steps:
        if step == "undo":
            assert (undo(shared, who) is not None) == model.move(model.before, model.after)
        elif step == "redo":
            assert (redo(shared, who) is not None) == model.move(model.after, model.before)
        else:
            what, neuron, value = step
            do(shared, who, *step)
            if what == "gold":
                gold = None if value is None else shared_json(Gold(None, None, value, who))
                model.act([neuron], {"gold": gold})
            elif what == "rate":
                model.act([neuron], {"rating": value})
        assert shared_state(shared, who) == model.now
    unmark_gold(shared, "Lead", NEURONS)


def test_undo_leaves_a_newer_word_of_somebody_else_on_what_is_shared(small_project):
    mark_gold(small_project, "Ada", 1, rating=1)
    mark_gold(small_project, "Bo", 1, rating=2)
    assert undo(small_project, "Ada").annotations == {1}
    assert small_project.events.shared(1).gold == Gold(None, None, 2, "Bo")
    assert undo_title(small_project, "Ada") is None
    undo(small_project, "Bo")
    assert small_project.events.shared(1).gold == Gold(None, None, 1, "Ada")


def test_undo_is_named_and_lasts_over_a_restart(small_project):
    accept(small_project, "Ada", 8, "dog")
    rate(small_project, "Ada", 8, 4)
    path = small_project.path
    small_project.close()
    with Project.open(path) as project:
        assert undo_title(project, "Ada") == "Undo: rate 4, neuron 8"
        assert undo(project, "Ada").annotations == {8}
        assert project.events.label("Ada", 8).rating is None
        assert undo_title(project, "Ada") == "Undo: accept, neuron 8"
        assert redo_title(project, "Ada") == "Redo: rate 4, neuron 8"
    with Project.open(path) as project:
        redo(project, "Ada")
        assert project.events.label("Ada", 8).rating == 4
        assert [e.kind for e in project.events.of(8)][-2:] == [EventKind.UNDO, EventKind.REDO]
        assert project.events.verify() == []


def test_there_is_no_limit(small_project):
    for i in range(120):
        annotate(small_project, "Ada", i % 7, {"note": f"note {i}"})
    while undo(small_project, "Ada"):
        pass
    assert all(label_values(x)["note"] == "" for x in small_project.events.labels("Ada"))
    while redo(small_project, "Ada"):
        pass
    assert small_project.events.label("Ada", 119 % 7).note == "note 119"


def test_undo_is_the_annotators_own(small_project):
    rate(small_project, "Ada", 1, 5)
    rate(small_project, "Grace", 1, 2)
    assert undo_title(small_project, "Ada") == "Undo: rate 5, neuron 1"
    undo(small_project, "Ada")
    assert undo(small_project, "Ada") is None
    assert small_project.events.label("Grace", 1).rating == 2


def test_a_bulk_act_is_one_undo(small_project):
    annotate_many(small_project, "Ada", [Act(n, {"skipped": True}) for n in range(30)])
    assert undo_title(small_project, "Ada") == "Undo: skip, 30 neurons"
    assert undo(small_project, "Ada").annotations == frozenset(range(30))
    assert not any(x.skipped for x in small_project.events.labels("Ada"))


def test_the_titles_of_all_verbs(small_project):
    skip(small_project, "Ada", 1)
    assert undo_title(small_project, "Ada") == "Undo: skip, neuron 1"
    reject(small_project, "Ada", 1)
    assert undo_title(small_project, "Ada") == "Undo: reject, neuron 1"
    annotate(small_project, "Ada", 1, {"modality": "visual"})
    assert undo_title(small_project, "Ada") == "Undo: class visual, neuron 1"
    annotate(small_project, "Ada", 1, {"note": "n"}, title="note of the lead, neuron 1")
    assert undo_title(small_project, "Ada") == "Undo: note of the lead, neuron 1"


@pytest.mark.parametrize("at_once", [1, 1_000], ids=["read at once", "one by one"])
def test_a_bulk_act_is_taken_back_and_done_again_however_labels_are_read(small_project, monkeypatch, at_once):
    monkeypatch.setattr("studio.services.annotate.ALL_AT_ONCE", at_once)
    for neuron, rating in enumerate((1, None, 3)):
        rate(small_project, "Ada", neuron, rating)
        rate(small_project, "Bo", neuron, 2)
    before = state(small_project, "Ada")
    annotate_many(small_project, "Ada", [Act(n, {"rating": 5, "flagged": True}) for n in NEURONS])
    after = state(small_project, "Ada")
    undo(small_project, "Ada")
    assert state(small_project, "Ada") == before
    redo(small_project, "Ada")
    assert state(small_project, "Ada") == after
    assert small_project.events.label("Bo", 1).rating == 2
