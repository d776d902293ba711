"""Queues against plain loops, the seeded orders, and what blind review keeps back."""

from __future__ import annotations

import math

import numpy as np
import pytest

from studio.domain.annotation import Decision, Label
from studio.domain.disagreement import differing
from studio.domain.modality import Modality
from studio.domain.queue import OF_PEERS, OF_SCORES, Queue
from studio.domain.shared import Assignment, Policy, shared_json
from studio.services.adjudicate import pick
from studio.services.annotate import accept, flag, rate, reject, skip
from studio.services.discuss import comment
from studio.services.gold import mark_gold
from studio.services.policy import set_policy
from studio.services.queues import (
    LOW,
    live_neurons,
    own_order,
    queues,
    random_sample,
    uncertainty,
)
from studio.services.shared_values import set_shared


def members(project, annotator, queue):
    return np.flatnonzero(queues(project, annotator).members[queue]).tolist()


def test_each_queue_has_its_neurons(small_project):
    p = small_project
    live = set(np.flatnonzero(live_neurons(p)).tolist())
    assert live == {n for n in range(300) if n % 7}  # as the fixture makes them
    accept(p, "Ada", 1, "dog"), reject(p, "Bo", 1)
    accept(p, "Ada", 2, "dog"), accept(p, "Bo", 2, " DOG ")
    skip(p, "Ada", 3), flag(p, "Bo", 4, True), flag(p, "Ada", 5, True)
    comment(p, "Bo", 6, "hm")
    mark_gold(p, "Lead", 8, "dog")
    set_shared(p, "Lead", "assigned", {9: shared_json(Assignment(("Ada", "Cy"), "b"))}, "assign")
    assert members(p, "Ada", Queue.OPEN) == sorted(live - {1, 2, 3})
    assert members(p, "Bo", Queue.OPEN) == sorted(live - {1, 2})
    assert members(p, "Ada", Queue.SKIPPED) == [3]
    assert members(p, "Ada", Queue.FLAGGED) == [4, 5]
    assert members(p, "Ada", Queue.FLAGGED_BY_ME) == [5]
    assert members(p, "Ada", Queue.DISAGREEMENT) == [1]
    assert members(p, "Ada", Queue.UNADJUDICATED) == [1]
    assert members(p, "Ada", Queue.DISCUSSED) == [6]
    assert members(p, "Ada", Queue.GOLD) == [8]
    assert members(p, "Cy", Queue.ASSIGNED) == [9]
    assert members(p, "Bo", Queue.ASSIGNED) == []
    pick(p, "Lead", p.events.label("Ada", 1))
    assert members(p, "Ada", Queue.DISAGREEMENT) == [1]
    assert members(p, "Ada", Queue.UNADJUDICATED) == []
    flagged = {v.neuron for v in p.verdicts.all() if v.flagged}
    assert members(p, "Ada", Queue.LINES) == sorted(flagged & live)


def test_blind_review_keeps_peers_and_gold_back_from_all_but_the_lead(small_project):
    p = small_project
    accept(p, "Ada", 1, "dog"), reject(p, "Bo", 1), flag(p, "Bo", 4, True)
    mark_gold(p, "Lead", 8, "dog")
    set_policy(p, "Lead", Policy(blind=True))
    found = queues(p, "Ada")
    assert found.hidden == {*OF_PEERS, *OF_SCORES, Queue.GOLD}
    assert not any(found.count(queue) for queue in found.hidden)
    lead = queues(p, "Lead")
    assert lead.hidden == frozenset()
    assert [lead.count(q) for q in (Queue.FLAGGED, Queue.DISAGREEMENT, Queue.GOLD)] == [1, 1, 1]


def test_uncertainty_is_the_distance_to_the_nearest_limit(small_project):
    p = small_project
    for neuron, q in ((2, 0.05), (4, 0.5), (6, 0.0005), (8, None)):
        p.database.execute("UPDATE verdict SET q=? WHERE neuron=?", (q, neuron))
    p.runs.finish(p.runs.start("score", {"q": 0.05, "threshold": 0.0}), {})
    margin = uncertainty(p, 300)
    assert margin[[2, 4, 6]].tolist() == pytest.approx([0, 1, 2], abs=1e-6)
    assert math.isinf(margin[8])
    assert math.isinf(margin[1])  # odd neurons have no verdict
    low = queues(p, "Ada").members[Queue.LOW_CONFIDENCE]
    scored = [n for n in range(0, 300, 2) if n % 7 and np.isfinite(margin[n])]
    limit = np.quantile(margin[scored], LOW)
    assert np.flatnonzero(low).tolist() == [n for n in scored if margin[n] <= limit]


def test_without_scores_nothing_is_of_low_confidence(small_project):
    assert np.isinf(uncertainty(small_project, 300)).all()
    assert members(small_project, "Ada", Queue.LOW_CONFIDENCE) == []


def test_orders_are_permutations_of_their_own_and_last(small_project):
    ada, bo = (own_order(small_project, name, 300) for name in ("Ada", "Bo"))
    assert sorted(ada.tolist()) == list(range(300))
    assert ada.tolist() != bo.tolist()
    assert ada.tolist() == own_order(small_project, "Ada", 300).tolist()
    # Positions of two orders are as good as independent.
    assert abs(np.corrcoef(np.argsort(ada), np.argsort(bo))[0, 1]) < 0.2


def test_a_sample_is_of_the_neurons_and_of_its_seed():
    neurons = np.arange(100, 400)
    one = random_sample(neurons, 50, 1)
    assert one.tolist() == sorted(set(one.tolist()) & set(neurons.tolist()))
    assert len(one) == 50
    assert one.tolist() == random_sample(neurons, 50, 1).tolist() != random_sample(neurons, 50, 2).tolist()
    assert len(random_sample(neurons, 1000, 1)) == 300
    assert len(random_sample(neurons, 0, 1)) == 0


def test_an_empty_project_has_empty_queues(tmp_path):
    from studio.storage.project import Project

    with Project.create(tmp_path / "empty.cstudio") as project:
        assert all(found.shape == (0,) for found in queues(project, "Ada").members.values())


ACCEPT, EDIT, REJECT = Decision


@pytest.mark.parametrize(
    ("one", "two", "parts"),
    [
        ({"decision": ACCEPT, "concept": "dog"}, {"decision": EDIT, "concept": " Dog "}, ()),
        ({"decision": ACCEPT, "concept": "dog"}, {"decision": REJECT}, ("decision",)),
        ({"decision": REJECT}, {"decision": REJECT, "concept": None}, ()),
        ({"decision": ACCEPT, "concept": "dog"}, {"decision": ACCEPT, "concept": "cat"}, ("concept",)),
        (
            {"decision": ACCEPT, "modality": Modality.VISUAL, "rating": 5},
            {"decision": ACCEPT, "modality": Modality.UNCLEAR, "rating": 3},
            ("class", "rating"),
        ),
        ({"decision": ACCEPT, "rating": 5}, {"decision": ACCEPT, "rating": 4}, ()),
        ({"decision": ACCEPT, "rating": 5}, {"decision": ACCEPT}, ()),
        ({"decision": ACCEPT, "concept": "dog"}, {"concept": "cat", "rating": 1}, ()),
    ],
)
def test_what_differs(one, two, parts):
    labels = [Label(1, "Ada", **one), Label(1, "Bo", **two)]
    assert differing(labels) == parts
    assert differing(labels[::-1]) == parts


def test_ratings_one_apart_differ_when_asked():
    labels = [Label(1, who, ACCEPT, "dog", rating=r) for who, r in (("Ada", 4), ("Bo", 5))]
    assert differing(labels) == ()
    assert differing(labels, rating_gap=1) == ("rating",)


def test_rating_alone_is_no_decision(small_project):
    rate(small_project, "Ada", 1, 1), rate(small_project, "Bo", 1, 5)
    assert members(small_project, "Ada", Queue.DISAGREEMENT) == []
