"""Filters, orders and searches of the list, against plain Python over the same neurons."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.domain.annotation import Decision, Label
from studio.domain.modality import Modality
from studio.domain.queue import Queue
from studio.services.neurons import MODALITIES, STATUSES, NeuronTable
from studio.ui.review.neuron_columns import NeuronColumns
from studio.ui.review.neuron_query import Query, Shown, SortKey
from studio.ui.review.neuron_rows import NeuronRows

WORDS = ("", "red fruit", "Dog", "straße", "dog, face", "Ünder", "77 things", "猫")


def table(n: int, seed: int) -> NeuronTable:
    rng = np.random.default_rng(seed)
    scores = rng.random(n).astype(np.float32).round(1)
    scores[rng.random(n) < 0.2] = np.nan
    return NeuronTable(
        neuron=np.arange(n, dtype=np.int32),
        concept=[WORDS[i] for i in rng.integers(0, len(WORDS), n)],
        modality=rng.integers(-1, 4, n).astype(np.int8),
        score=scores,
        q=scores,
        image_share=scores[::-1].copy(),
        mean=rng.random(n).astype(np.float32).round(1),
        max=rng.random(n).astype(np.float32),
        samples=rng.integers(0, 5, n),
        image_samples=rng.integers(0, 5, n),
        text_samples=rng.integers(0, 5, n),
        live=rng.random(n) < 0.8,
        disagree=rng.random(n) < 0.3,
        status=rng.integers(0, len(STATUSES), n).astype(np.int8),
        flagged=rng.random(n) < 0.2,
        rating=rng.integers(0, 6, n).astype(np.int8),
        reviewed=rng.random(n) < 0.3,
        own_modality=np.where(rng.random(n) < 0.2, rng.integers(0, 4, n), -1).astype(np.int8),
        own_concept={3: "My own DOG"} if n > 3 else {},
        own_tags={2: ("Animal", "big cat"), 5: ("plant",)} if n > 5 else {},
        noted={1, 4} if n > 4 else set(),
    )


def plain(columns: NeuronColumns, query: Query) -> list[int]:
    """The same, one neuron after another."""
    t = columns.table
    found = []
    for i in range(len(t)):
        concept = t.own_concept.get(i) or t.concept[i]
        code = t.own_modality[i] if t.own_modality[i] >= 0 else t.modality[i]
        word = {Shown.ALL: True, Shown.DISAGREE: bool(t.disagree[i])}.get(
            query.shown, code >= 0 and MODALITIES[code].value == query.shown.value
        )
        skipped, live = STATUSES[t.status[i]] == "skipped", bool(t.live[i])
        queue = {
            None: live,
            Queue.OPEN: live and not t.reviewed[i] and not skipped,
            Queue.REVIEWED: live and bool(t.reviewed[i]),
            Queue.SKIPPED: skipped,
            Queue.FLAGGED_BY_ME: bool(t.flagged[i]),
        }
        keep = word and queue[query.queue]
        for text in query.text.casefold().split():
            digits = text.isdigit() and text.isascii()
            number = digits and str(i).startswith(str(int(text)))
            tagged = any(tag.casefold().startswith(text) for tag in t.own_tags.get(i, ()))
            keep = keep and (text in concept.casefold() or number or tagged)
            keep = keep or (digits and int(text) == i)
        if keep:
            found.append(i)
    return sorted(found, key=lambda i: order_key(columns, query, i))


def order_key(columns: NeuronColumns, query: Query, i: int) -> tuple:
    t = columns.table
    sign = -1 if query.descending else 1
    if query.sort is SortKey.REVIEW:
        score = -1.0 if math.isnan(t.score[i]) else float(t.score[i])
        return (sign * (not t.disagree[i]), sign * -score, sign * i)
    column = {
        SortKey.NEURON: t.neuron, SortKey.SCORE: t.score, SortKey.MEAN: t.mean,
        SortKey.SHARE: t.image_share, SortKey.FIRING: t.samples,
    }[query.sort]  # fmt: skip
    value = float(column[i])
    return (math.isnan(value), 0.0 if math.isnan(value) else sign * value, i)


queries = st.builds(
    Query,
    shown=st.sampled_from(Shown),
    queue=st.sampled_from([None, Queue.OPEN, Queue.REVIEWED, Queue.SKIPPED, Queue.FLAGGED_BY_ME]),
    text=st.sampled_from(["", "dog", "STRASSE", "7", "12", " 3 ", "nothing", "猫", "dog face", "ANI"]),
    sort=st.sampled_from(
        [SortKey.REVIEW, SortKey.NEURON, SortKey.SCORE, SortKey.MEAN, SortKey.SHARE, SortKey.FIRING]
    ),
    descending=st.booleans(),
)


@settings(max_examples=120, deadline=None)
@given(queries, st.integers(0, 60), st.integers(0, 5))
def test_a_query_finds_what_plain_python_finds(query: Query, n: int, seed: int) -> None:
    columns = NeuronColumns(table(n, seed))
    assert columns.find(query).tolist() == plain(columns, query)


@pytest.mark.parametrize("descending", [False, True])
def test_concepts_are_ordered_without_case_and_nameless_neurons_come_last(descending: bool) -> None:
    columns = NeuronColumns(table(50, 1))
    found = columns.order(SortKey.CONCEPT, descending)
    words = [columns.concept(int(i)).casefold() for i in found]
    named = [word for word in words if word]
    assert named == sorted(named, reverse=descending)
    assert not any(words[len(named) :])
    assert sorted(found.tolist()) == list(range(50))


def test_counts_are_what_each_filter_finds() -> None:
    columns = NeuronColumns(table(80, 2))
    for shown, count in columns.counts().items():
        assert count == len(columns.find(Query(shown=shown)))


def test_a_label_changes_class_words_and_progress() -> None:
    columns = NeuronColumns(table(20, 3))
    columns.table.live[:] = True
    columns.table.reviewed[7] = False
    done = columns.progress()[0]
    columns.set_label(Label(7, "Ada", Decision.EDITED, "zebra", Modality.TEXTUAL, 4, flagged=True))
    assert columns.concept(7) == "zebra"
    assert columns.modality(7) is Modality.TEXTUAL
    assert columns.find(Query(text="ZEB")).tolist() == [7]
    assert columns.progress()[0] == done + 1
    columns.set_label(Label(7, "Ada"))
    assert columns.find(Query(text="ZEB")).tolist() == []
    assert columns.progress()[0] == done


def test_next_open_goes_round_and_leaves_out_reviewed_and_skipped() -> None:
    columns = NeuronColumns(table(6, 4))
    columns.table.live[:], columns.table.reviewed[:], columns.table.status[:] = True, False, 0
    rows = NeuronRows(columns, Query(sort=SortKey.NEURON))
    columns.set_label(Label(1, "Ada", Decision.ACCEPTED, "x"))
    columns.set_label(Label(2, "Ada", skipped=True))
    assert rows.next_open(0) == 3
    assert rows.next_open(5) == 0
    for neuron in (0, 3, 4):
        columns.set_label(Label(neuron, "Ada", Decision.REJECTED))
    assert rows.next_open(5) is None
    assert rows.next_open(2) == 5


def test_steps_end_at_the_ends_and_start_at_the_first_from_outside() -> None:
    columns = NeuronColumns(table(5, 5))
    columns.table.live[:] = [True, True, True, False, True]
    rows = NeuronRows(columns, Query(sort=SortKey.NEURON))
    assert rows.step(0, -1) is None
    assert rows.step(2, 1) == 4
    assert rows.step(4, 1) is None
    assert rows.step(3, 1) == 0


FIELDS = [
    ("score>0.5", lambda t, i: t.score[i] > np.float32(0.5)),
    ("score:0.3", lambda t, i: t.score[i] == np.float32(0.3)),
    ("rating:2..4", lambda t, i: 2 <= t.rating[i] <= 4),
    ("rating!=3", lambda t, i: t.rating[i] != 3),
    ("q<=30%", lambda t, i: t.q[i] <= np.float32(0.3)),
    ("fires>=3", lambda t, i: t.samples[i] >= 3),
    ("share<1e999", lambda t, i: not math.isnan(t.image_share[i])),
    ("status:skipped,rejected", lambda t, i: STATUSES[t.status[i]] in ("skipped", "rejected")),
    ("-status:reviewed", lambda t, i: not t.reviewed[i]),
    ("has:note", lambda t, i: i in t.noted),
    ("has:tag -tag:plant", lambda t, i: i == 2),
    ("tag:big", lambda t, i: i == 2),
    ('tag:"big cat",x', lambda t, i: False),
    ("is:flagged", lambda t, i: t.flagged[i]),
    ("class:none", lambda t, i: t.own_modality[i] < 0 and t.modality[i] < 0),
]


@pytest.mark.parametrize(("text", "holds"), FIELDS, ids=[text for text, _ in FIELDS])
def test_a_field_keeps_what_plain_python_keeps(text: str, holds) -> None:
    columns = NeuronColumns(table(60, 7))
    expected = [i for i in range(60) if columns.table.live[i] and holds(columns.table, i)]
    assert sorted(columns.find(Query(text=text)).tolist()) == expected


@settings(max_examples=80, deadline=None)
@given(st.sampled_from([text for text, _ in FIELDS]), st.sampled_from([text for text, _ in FIELDS]))
def test_terms_narrow_and_a_minus_gives_the_rest(one: str, other: str) -> None:
    columns = NeuronColumns(table(60, 7))

    def found(text: str) -> set[int]:
        return set(columns.find(Query(text=text)).tolist())

    both, everything = found(f"{one} {other}"), found("")
    assert both == found(one) & found(other)
    if " " not in one:
        turned = one[1:] if one.startswith("-") else f"-{one}"
        assert found(turned) == everything - found(one)


def test_a_random_sample_is_the_same_for_the_same_seed() -> None:
    columns = NeuronColumns(table(60, 7))
    one = Query(queue=Queue.SAMPLE, seed=3, size=10)
    assert len(columns.find(one)) == 10
    assert columns.find(one).tolist() == columns.find(one).tolist()
    assert columns.find(one).tolist() != columns.find(Query(queue=Queue.SAMPLE, seed=4, size=10)).tolist()


def test_blind_review_hides_what_was_found_until_it_is_revealed_whatever_was_decided() -> None:
    columns = NeuronColumns(replace(table(20, 3), blind=True, revealed={2}))
    t = columns.table
    t.live[:], t.reviewed[:], t.own_modality[:] = True, False, -1
    t.concept[2], t.concept[7] = "zebra", "zebra"
    columns = NeuronColumns(t)
    assert columns.find(Query(text="zebra")).tolist() == [2]
    assert set(columns.classes().tolist()) <= {-1, int(t.modality[2])}
    columns.set_label(Label(7, "Ada", Decision.REJECTED))
    assert columns.find(Query(text="zebra")).tolist() == [2]
