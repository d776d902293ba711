"""Bulk acts: what is said beforehand is what happens, in parts, and one undo takes all of it back."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.domain.annotation import Decision
from studio.domain.errors import UserError
from studio.domain.shared import Policy
from studio.services.annotate import accept, annotate, reject, skip
from studio.services.bulk import COVERED, DECIDED, NOTHING, PART, SAME, BulkKind, apply_part, plan_bulk
from studio.services.neurons import neuron_table
from studio.services.policy import set_policy
from studio.services.undo import redo, undo, undo_title
from studio.storage.label_fold import label_values


def run(project, who, kind, neurons, value=None):
    plan = plan_bulk(project, who, kind, neurons, value)
    for part in plan.parts():
        apply_part(project, who, plan, part)
    return plan


def everything(project, who="Ada"):
    return {label.neuron: label_values(label) for label in project.events.labels(who)}


def said(project):
    """Labels that say something."""
    return {neuron: values for neuron, values in everything(project).items() if any(values.values())}


def test_accept_leaves_alone_what_is_decided_or_has_no_concept(small_project) -> None:
    reject(small_project, "Ada", 2)
    skip(small_project, "Ada", 4)
    names = neuron_table(small_project, "Ada").concept
    nameless = [n for n in range(40) if not names[n]]
    plan = run(small_project, "Ada", BulkKind.ACCEPT, list(range(40)))
    assert plan.left == {k: v for k, v in {DECIDED: 2, NOTHING: len(nameless)}.items() if v}
    assert plan.examples[0] == (0, names[0])
    for neuron in range(40):
        label = small_project.events.label("Ada", neuron)
        if neuron not in (2, 4, *nameless):
            assert (label.decision, label.concept) == (Decision.ACCEPTED, names[neuron])
    assert small_project.events.label("Ada", 2).decision is Decision.REJECTED
    assert small_project.events.verify() == []


def test_an_act_of_several_parts_is_one_undo(small_project) -> None:
    before = said(small_project)
    plan = run(small_project, "Ada", BulkKind.FLAG, list(range(small_project.neuron_count())))
    assert len(plan.parts()) > 1
    assert len(plan.parts()[0]) == PART
    assert undo_title(small_project, "Ada") == f"Undo: flag, {small_project.neuron_count():,} neurons"
    undo(small_project, "Ada")
    assert not any(label["flagged"] for label in everything(small_project).values())
    assert undo_title(small_project, "Ada") is None
    redo(small_project, "Ada")
    assert all(label["flagged"] for label in everything(small_project).values())
    undo(small_project, "Ada")
    assert said(small_project) == before
    assert small_project.events.verify() == []


def test_tags_are_added_and_taken_away_beside_others(small_project) -> None:
    annotate(small_project, "Ada", 1, {"tags": ["mine"]})
    plan = run(small_project, "Ada", BulkKind.TAG, [1, 2], ["animal"])
    assert plan.title == "tag animal, 2 neurons"
    assert small_project.events.label("Ada", 1).tags == ("animal", "mine")
    again = plan_bulk(small_project, "Ada", BulkKind.TAG, [1, 2, 3], ["animal"])
    assert (list(again.new), again.left) == ([3], {SAME: 2})
    run(small_project, "Ada", BulkKind.UNTAG, [1, 2], ["animal"])
    assert small_project.events.label("Ada", 1).tags == ("mine",)
    with pytest.raises(UserError, match="at least one tag"):
        plan_bulk(small_project, "Ada", BulkKind.TAG, [1], [" "])


def test_reset_takes_everything_back_and_undo_brings_it_again(small_project) -> None:
    accept(small_project, "Ada", 1, "dog 1")
    annotate(small_project, "Ada", 1, {"rating": 4, "note": "x", "tags": ["a"], "flagged": True})
    before = everything(small_project)[1]
    plan = run(small_project, "Ada", BulkKind.RESET, [1, 2])
    assert plan.left == {SAME: 1}
    assert not any(everything(small_project)[1].values())
    undo(small_project, "Ada")
    assert everything(small_project)[1] == before


def test_skip_and_reopen(small_project) -> None:
    accept(small_project, "Ada", 1, "dog 1")
    assert run(small_project, "Ada", BulkKind.SKIP, [1, 2]).left == {DECIDED: 1}
    run(small_project, "Ada", BulkKind.REOPEN, [1, 2])
    assert not small_project.events.label("Ada", 1).reviewed
    assert not small_project.events.label("Ada", 2).skipped


def test_assigning_by_hand_is_the_leads_and_one_undo(small_project) -> None:
    plan = run(small_project, "Lea", BulkKind.ASSIGN, [3, 4], (["Bo", "Cy"], "check"))
    assert plan.examples[0] == (3, "Bo, Cy")
    assert small_project.events.assignments()[4].annotators == ("Bo", "Cy")
    assert plan_bulk(small_project, "Lea", BulkKind.ASSIGN, [3, 5], (["Bo", "Cy"], "check")).left == {SAME: 1}
    undo(small_project, "Lea")
    assert small_project.events.assignments() == {}
    set_policy(small_project, "Lea", Policy(lead="Lea"))
    with pytest.raises(UserError, match="Only Lea"):
        plan_bulk(small_project, "Ada", BulkKind.ASSIGN, [3], (["Bo"], ""))


def test_blind_review_accepts_nothing_that_was_not_seen(small_project) -> None:
    set_policy(small_project, "Lea", Policy(blind=True, lead="Lea"))
    plan = plan_bulk(small_project, "Ada", BulkKind.ACCEPT, list(range(10)))
    assert plan.new == {}
    assert plan.left == {COVERED: 10}


kinds = st.sampled_from([k for k in BulkKind if k is not BulkKind.ASSIGN])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(kinds, st.sets(st.integers(0, 299), max_size=5)), min_size=1, max_size=4))
def test_undoing_every_act_brings_back_how_it_was(small_project, acts) -> None:
    states = []
    for kind, neurons in acts:
        before = said(small_project)
        if run(small_project, "Ada", kind, sorted(neurons), ["t"]).new:
            states.append(before)
    for before in reversed(states):
        undo(small_project, "Ada")
        assert said(small_project) == before
