"""Filters, orders and searches of the list, against plain Python over the same neurons."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.domain.annotation import Decision, Label
from studio.domain.modality import Modality
from studio.services.neurons import MODALITIES, NeuronTable
from studio.ui.review.neuron_query import NeuronColumns, Query, Shown, SortKey, Stage
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
        status=np.zeros(n, np.int8),
        flagged=np.zeros(n, bool),
        rating=np.zeros(n, np.int8),
        reviewed=rng.random(n) < 0.3,
        own_modality=np.where(rng.random(n) < 0.2, rng.integers(0, 4, n), -1).astype(np.int8),
        own_concept={3: "My own DOG"} if n > 3 else {},
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
        stage = {Stage.ANY: True, Stage.OPEN: not t.reviewed[i], Stage.REVIEWED: bool(t.reviewed[i])}
        keep = bool(t.live[i]) and word and stage[query.stage]
        text = query.text.strip().casefold()
        if text:
            digits = text.isdigit() and text.isascii()
            number = digits and str(i).startswith(str(int(text)))
            keep = keep and (text in concept.casefold() or number)
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
    stage=st.sampled_from(Stage),
    text=st.sampled_from(["", "dog", "STRASSE", "7", "12", " 3 ", "nothing", "猫"]),
    sort=st.sampled_from([key for key in SortKey if key is not SortKey.CONCEPT]),
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
    columns.table.live[:], columns.table.reviewed[:] = True, False
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
