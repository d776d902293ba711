"""Three annotators review a project blind in copies of their own; merged, adjudicated, and the agreement
table held against independent ones: statsmodels for kappa, alpha from its definition, plain loops else.
"""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest
from statsmodels.stats.inter_rater import cohens_kappa, to_table

from studio.domain.agreement import Undefined
from studio.domain.annotation import Seen
from studio.domain.errors import UserError
from studio.domain.modality import Modality
from studio.domain.queue import Queue
from studio.domain.shared import Policy
from studio.services.adjudicate import pick
from studio.services.adjudication import adjudication_case, differing_neurons
from studio.services.agreement import agreement, write_csv
from studio.services.annotate import accept, classify, edit, rate, reject
from studio.services.assign import assign, plan_batches
from studio.services.copies import make_copy
from studio.services.gold import mark_gold
from studio.services.merge import merge_copies
from studio.services.policy import set_policy
from studio.services.queues import queues
from studio.services.reveal import reveal
from studio.storage.project import Project

PEOPLE = ("Ada", "Bo", "Cy")
CLASSES = [modality.value for modality in Modality]


def truth(neuron):
    return f"dog {neuron % 5}", tuple(Modality)[neuron % 4], 1 + neuron % 5


def review(project, who, seed):
    """What a careful annotator does, who errs now and then; returns the words by neuron."""
    rng = np.random.default_rng(seed)
    said = {}
    for neuron in np.flatnonzero(queues(project, who).members[Queue.ASSIGNED]).tolist():
        concept, modality, rating = truth(neuron)
        blind = Seen((f"{neuron}:image:top:s",), blind=True)
        if rng.random() < 0.3:
            modality = tuple(Modality)[rng.integers(4)]
        rating = int(np.clip(rating + rng.integers(-1, 2), 1, 5))
        classify(project, who, neuron, modality, blind)
        rate(project, who, neuron, rating, blind)
        if rng.random() < 0.25:
            edit(project, who, neuron, concept, blind)
            reveal(project, who, neuron, ["proposal"], blind)
            edit(project, who, neuron, f"{concept} {who}", Seen(blind=True, revealed=True))
            said[neuron] = (True, modality.value, rating, f"{concept} {who}".casefold())
        elif rng.random() < 0.25:
            reject(project, who, neuron, blind)
            said[neuron] = (False, modality.value, rating, None)
        else:
            edit(project, who, neuron, concept, blind)
            said[neuron] = (True, modality.value, rating, concept)
    return said


@pytest.fixture(scope="module")
def work(small_file, tmp_path_factory):
    """The lead's project after the merge, and what each annotator said, as the test remembers it."""
    folder = tmp_path_factory.mktemp("three")
    path = folder / "lead.cstudio"
    path.write_bytes(small_file.read_bytes())
    with Project.open(path) as lead:
        set_policy(lead, "Lead", Policy(blind=True))
        for neuron in (8, 9, 10, 11):
            concept, modality, rating = truth(neuron)
            mark_gold(lead, "Lead", neuron, concept, modality, rating if neuron % 2 else None)
        assign(lead, "Lead", plan_batches(lead, PEOPLE, 30, 2, seed=4))
        rest = plan_batches(lead, PEOPLE, 0, 3, [8, 9, 10, 11], batch="gold in disguise")
        assign(lead, "Lead", rest)
        copies, said = [], {}
        for seed, who in enumerate(PEOPLE):
            copies.append(make_copy(lead, who, folder / f"{who}.cstudio").path)
            with Project.open(copies[-1]) as own:
                assert {label.annotator for label in own.events.labels()} == set()
                assert {Queue.DISAGREEMENT, Queue.GOLD} <= queues(own, who).hidden
                said[who] = review(own, who, seed)
        report = merge_copies(lead, copies)
        assert {c.neuron for c in report.conflicts} == {d.neuron for d in differing_neurons(lead, "Lead")}
        yield lead, said


@pytest.fixture(scope="module")
def found(work):
    """The agreement table before the adjudication."""
    return agreement(work[0], "Lead")


def table(said, part, neurons=None):
    """part of what each annotator said: [annotator][neuron], None where nothing was said."""
    everything = sorted(set().union(*said.values())) if neurons is None else neurons
    return [[said[who].get(n, (None,) * 4)[part] for n in everything] for who in PEOPLE]


def alpha_from_its_definition(rows, distance):
    """1 - observed / expected disagreement, over all pairs of values within units and over all values."""
    units = [[v for v in unit if v is not None] for unit in zip(*rows, strict=True)]
    units = [unit for unit in units if len(unit) > 1]
    values = [v for unit in units for v in unit]
    if not values:
        return None
    within = sum(
        distance(a, b, values) / (len(u) - 1) for u in units for a, b in itertools.permutations(u, 2)
    )
    across = sum(distance(a, b, values) for a, b in itertools.permutations(values, 2))
    return None if across == 0 else 1 - (within / len(values)) / (across / (len(values) * (len(values) - 1)))


def nominal(a, b, _values):
    return float(a != b)


def ordinal(a, b, values):
    low, high = min(a, b), max(a, b)
    between = sum(low <= v <= high for v in values) - (values.count(low) + values.count(high)) / 2
    return 0.0 if a == b else float(between) ** 2


def raw_share(rows):
    pairs = [
        a == b
        for unit in zip(*rows, strict=True)
        for a, b in itertools.combinations([v for v in unit if v is not None], 2)
    ]
    return np.mean(pairs) if pairs else None


PARTS = {"decision": 0, "class": 1, "rating": 2, "concept": 3}


def row(found, group, part, statistic, who="everybody"):
    (one,) = [r for r in found.rows if (r.group, r.part, r.statistic, r.who) == (group, part, statistic, who)]
    return one


def same(estimate, expected):
    if expected is None:
        assert isinstance(estimate.value, Undefined)
    else:
        assert estimate.value == pytest.approx(expected, abs=1e-9)


def test_alpha_and_raw_agreement_over_all_neurons(work, found):
    assert found.annotators == PEOPLE
    for part, place in PARTS.items():
        rows = table(work[1], place)
        same(row(found, "all neurons", part, "raw").estimate, raw_share(rows))
        if part != "concept":
            distance = ordinal if part == "rating" else nominal
            same(row(found, "all neurons", part, "alpha").estimate, alpha_from_its_definition(rows, distance))


def test_kappa_of_each_pair(work, found):
    for part, values in (("decision", (True, False)), ("class", CLASSES), ("rating", (1, 2, 3, 4, 5))):
        rows = table(work[1], PARTS[part])
        for one, two in itertools.combinations(range(3), 2):
            pairs = [
                (values.index(a), values.index(b))
                for a, b in zip(rows[one], rows[two], strict=True)
                if a is not None and b is not None
            ]
            expected = cohens_kappa(to_table(np.array(pairs), bins=np.arange(len(values) + 1) - 0.5)[0]).kappa
            got = row(found, "all neurons", part, "kappa", f"{PEOPLE[one]}, {PEOPLE[two]}")
            assert got.neurons == len(pairs)
            same(got.estimate, float(expected))


def test_by_class_and_by_rating(work, found):
    project, said = work
    verdicts = {v.neuron: v.modality.value for v in project.verdicts.all()}
    neurons = sorted(set().union(*said.values()))
    groups = {f"class {name}": [n for n in neurons if verdicts.get(n) == name] for name in CLASSES}
    for rating in range(1, 6):
        given = {n: sorted(s[n][2] for s in said.values() if n in s) for n in neurons}
        groups[f"rating {rating}"] = [n for n in neurons if given[n][(len(given[n]) - 1) // 2] == rating]
    assert {r.group for r in found.rows} == {n for n, some in groups.items() if some} | {
        "all neurons",
        "gold",
    }
    for group, some in groups.items():
        if some:
            rows = table(said, 1, some)
            same(row(found, group, "class", "alpha").estimate, alpha_from_its_definition(rows, nominal))
            same(row(found, group, "class", "raw").estimate, raw_share(rows))


def test_agreement_with_gold(work, found):
    assert found.gold == 4
    for who in PEOPLE:
        own = work[1][who]
        right = [own[n][1] == truth(n)[1].value for n in (8, 9, 10, 11)]
        same(row(found, "gold", "class", "raw", who).estimate, np.mean(right))
        rated = row(found, "gold", "rating", "raw", who)
        assert rated.neurons == 2  # the others leave the rating open
        same(rated.estimate, np.mean([own[n][2] == truth(n)[2] for n in (9, 11)]))
        kept = [n for n in (8, 9, 10, 11) if own[n][0]]
        if kept:
            expected = np.mean([own[n][3] == truth(n)[0] for n in kept])
            same(row(found, "gold", "concept", "raw", who).estimate, expected)


def test_the_interval_is_that_of_a_bootstrap_by_neuron(work, found):
    rows = np.array(table(work[1], 1), dtype=object)
    rng = np.random.default_rng(1)
    places = [rng.integers(0, rows.shape[1], rows.shape[1]) for _ in range(300)]
    draws = [alpha_from_its_definition(rows[:, place].tolist(), nominal) for place in places]
    low, high = np.quantile(draws, [0.025, 0.975])
    ours = row(found, "all neurons", "class", "alpha").estimate
    # Two bootstraps with seeds of their own: their ends differ by a fraction of the width.
    assert abs(ours.low - low) < 0.25 * (high - low)
    assert abs(ours.high - high) < 0.25 * (high - low)


def test_others_do_not_see_it_before_the_lead_shows_them(work):
    for look in (
        lambda: agreement(work[0], "Ada"),
        lambda: differing_neurons(work[0], "Ada"),
        lambda: adjudication_case(work[0], 8, "Ada"),
    ):
        with pytest.raises(UserError, match="reviewed blind"):
            look()


def test_the_queue_of_the_adjudicator_empties_and_no_label_changes(work):
    project, said = work
    labels = project.events.labels()
    todo = differing_neurons(project, "Lead")
    assert {d.neuron for d in todo} == set(
        np.flatnonzero(queues(project, "Lead").members[Queue.UNADJUDICATED]).tolist()
    )
    for one in todo:
        case = adjudication_case(project, one.neuron, "Lead")
        assert [s.label.annotator for s in case.said] == [w for w in PEOPLE if one.neuron in said[w]]
        for s in case.said:
            revealed = (s.label.concept or "").endswith(s.label.annotator)
            assert s.seen == ("revealed proposal before" if revealed else "blind, 1 example")
        pick(project, "Lead", case.said[-1].label)
    assert all(d.decided for d in differing_neurons(project, "Lead"))
    assert queues(project, "Lead").count(Queue.UNADJUDICATED) == 0
    assert project.events.labels() == labels
    assert {f.by for f in project.events.finals().values()} == {"Lead"}


def test_the_table_as_json_and_csv(found, tmp_path):
    rows = json.loads(json.dumps(found.as_dict(), allow_nan=False))["rows"]
    write_csv(found, tmp_path / "a.csv")
    lines = (tmp_path / "a.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == len(rows) + 1 == len(found.rows) + 1
    assert lines[0] == "group,part,statistic,who,neurons,value,low,high,note"
    with pytest.raises(UserError, match="could not be written"):
        write_csv(found, tmp_path / "no" / "a.csv")


def test_degenerate_tables_say_why(small_project):
    found = agreement(small_project)
    assert (found.annotators, found.neurons) == ((), 0)
    assert str(row(found, "all neurons", "class", "alpha").estimate.value).startswith("undefined: no ")
    for who in ("=Ada", "Bo"):
        accept(small_project, who, 1, "dog"), accept(small_project, who, 2, "dog")
    found = agreement(small_project)
    alpha = row(found, "all neurons", "decision", "alpha")
    assert alpha.number() == "undefined: all values are the same, so there is no disagreement to expect"
    kappa = row(found, "all neurons", "decision", "kappa", "=Ada, Bo")
    assert kappa.number() == "undefined: all values are the same, so chance agreement is already complete"
    assert row(found, "all neurons", "decision", "raw").number() == "1.00 (1.00 to 1.00)"
    assert "'=Ada, Bo" in found.as_csv()
