"""Batches: fair, overlapping, drawn by the seed, taken back as one act."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.domain.errors import UserError
from studio.domain.shared import Assignment, Policy
from studio.services.assign import assign, batches, plan_batches, unassign
from studio.services.neuron_lists import parse_neurons
from studio.services.policy import set_policy
from studio.services.queues import live_neurons
from studio.services.undo import undo, undo_title

NAMES = ("Ada", "Bo", "Cy", "Dé 🦫", "Eve")


@pytest.fixture(scope="module")
def project(small_file, tmp_path_factory):
    from studio.storage.project import Project

    path = tmp_path_factory.mktemp("assign") / "p.cstudio"
    path.write_bytes(small_file.read_bytes())
    with Project.open(path) as opened:
        yield opened


@settings(max_examples=80, deadline=None)
@given(
    people=st.integers(1, 5),
    overlap=st.integers(1, 5),
    size=st.integers(0, 60),
    neurons=st.sets(st.integers(0, 299), min_size=1, max_size=80),
    seed=st.integers(0, 9),
)
def test_loads_are_even_and_every_neuron_has_its_annotators(project, people, overlap, size, neurons, seed):
    names = NAMES[:people]
    if overlap > people:
        with pytest.raises(UserError, match="Name more annotators"):
            plan_batches(project, names, size, overlap, neurons, seed)
        return
    plan = plan_batches(project, names, size, overlap, neurons, seed)
    assert set(plan.annotators) <= neurons
    assert all(len(set(who)) == overlap and set(who) <= set(names) for who in plan.annotators.values())
    loads = Counter(name for who in plan.annotators.values() for name in who)
    assert {name: loads[name] for name in names} == plan.counts
    assert max(plan.counts.values()) - min(plan.counts.values()) <= 1
    assert not size or max(plan.counts.values()) <= size
    wanted = min(len(neurons), size * people // overlap) if size else len(neurons)
    assert len(plan.annotators) == wanted
    again = plan_batches(project, names, size, overlap, neurons, seed)
    assert again.annotators == plan.annotators


def test_another_seed_draws_others(project):
    one, two = (plan_batches(project, NAMES[:3], 20, 2, seed=seed).annotators for seed in (0, 1))
    assert set(one) != set(two)


def test_a_batch_is_one_act_and_the_next_draws_from_the_rest(small_project):
    p = small_project
    live = int(live_neurons(p).sum())
    first = plan_batches(p, NAMES[:3], 40, 2)
    assert first.batch == "batch 1"
    changes = assign(p, "Lead", first)
    assert changes.annotations == set(first.annotators)
    neuron, who = next(iter(first.annotators.items()))
    assert p.events.shared(neuron).assigned == Assignment(who, "batch 1")
    assert undo_title(p, "Lead") == "Undo: assign batch 1, 60 neurons"
    rest = plan_batches(p, ["Ada"], 0, 1)
    assert rest.batch == "batch 2"
    assert len(rest.annotators) == live - 60
    assert not set(rest.annotators) & set(first.annotators)
    assign(p, "Lead", rest)
    assert {name: len(neurons) for name, neurons in batches(p).items()} == {
        "batch 1": 60,
        "batch 2": live - 60,
    }
    with pytest.raises(UserError, match="no neurons left"):
        plan_batches(p, ["Ada"], 0, 1)
    undo(p, "Lead"), undo(p, "Lead")
    assert batches(p) == {}
    assign(p, "Lead", first)
    assert unassign(p, "Lead", first.annotators).annotations == set(first.annotators)
    assert batches(p) == {}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((["  "],), "Say who is reviewing"),
        (([],), "at least one annotator"),
        ((["Ada", "Ada"], 0, 2), "1 to 1 of 1"),
        ((["Ada"], -1, 1), "whole number"),
        ((["Ada"], 0, 0), "not to 0"),
        ((["Ada"], 0, 1, []), "no neurons left"),
        ((["Ada"], 0, 1, None, 0, "x" * 101), "101 characters"),
    ],
)
def test_numbers_that_do_not_fit_are_a_sentence(project, arguments, sentence):
    with pytest.raises(UserError, match=sentence):
        plan_batches(project, *arguments)


def test_unknown_neurons_and_other_leads_change_nothing(small_project):
    with pytest.raises(UserError, match="no neuron 300"):
        assign(small_project, "Lead", plan_batches(small_project, ["Ada"], 0, 1, [1, 300]))
    assert small_project.events.count() == 0
    set_policy(small_project, "Lead", Policy())
    with pytest.raises(UserError, match="Only Lead"):
        assign(small_project, "Ada", plan_batches(small_project, ["Ada"], 0, 1, [1]))


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("3, 7, 10-12", [3, 7, 10, 11, 12]), ("#5;5, 4", [4, 5]), ("1–3", [1, 2, 3])],
)
def test_neurons_as_people_type_them(text, numbers):
    assert parse_neurons(text) == numbers


@pytest.mark.parametrize("text", ["", ",", "a", "1-2-3", "-5", "9-3", "1e3", "٣", "999999999", "1-99999999"])
def test_what_is_no_list_of_neurons_is_a_sentence(text):
    with pytest.raises(UserError, match=r"Name at least|is no neuron|is no range"):
        parse_neurons(text)
