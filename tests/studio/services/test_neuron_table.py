"""The list of all neurons and the page of one say what the tables say."""

from __future__ import annotations

import math

import numpy as np
import pytest

from studio.domain.errors import UserError
from studio.domain.modality import Modality
from studio.services import annotate as verbs
from studio.services.neuron_detail import neuron_detail
from studio.services.neurons import MODALITIES, STATUSES, label_rows, neuron_table
from studio.storage.project import Project


def test_a_new_project_has_no_neurons(tmp_path):
    with Project.create(tmp_path / "new.cstudio") as project:
        assert len(neuron_table(project, "Ada")) == 0
        with pytest.raises(UserError):
            neuron_detail(project, 0, "Ada")


def test_the_table_against_the_objects(small_project):
    table, stats = neuron_table(small_project, "Ada"), small_project.neurons.stats()
    assert len(table) == 300
    verdicts = {v.neuron: v for v in small_project.verdicts.all()}
    for n in range(300):
        verdict = verdicts.get(n)
        code = table.modality[n]
        assert (verdict is None) == (code == -1)
        assert verdict is None or MODALITIES[code] is verdict.modality
        assert table.concept[n] == f"dog {n}"  # the verdict's, or else the proposal for the image
        assert math.isnan(table.q[n]) == (verdict is None)
        assert bool(table.disagree[n]) == bool(verdict and verdict.flagged)
        tokens = stats.image.tokens[n] + stats.text.tokens[n]
        total = stats.image.sum[n] + stats.text.sum[n]
        assert table.mean[n] == pytest.approx(total / tokens if tokens else 0, rel=1e-6)
        assert bool(table.live[n]) == (tokens > 0)
    np.testing.assert_allclose(table.image_share, stats.image_share, rtol=1e-6)
    np.testing.assert_array_equal(table.samples, stats.image.samples + stats.text.samples)
    np.testing.assert_allclose(table.max, np.maximum(stats.image.max, stats.text.max), rtol=1e-6)


def test_the_table_has_the_annotators_own_labels(small_project):
    p = small_project
    verbs.accept(p, "Ada", 1, "dog")
    verbs.edit(p, "Ada", 2, "wet dog")
    verbs.reject(p, "Ada", 3)
    verbs.skip(p, "Ada", 4)
    verbs.flag(p, "Ada", 5, True)
    verbs.rate(p, "Ada", 2, 4)
    verbs.classify(p, "Ada", 2, Modality.TEXTUAL)
    verbs.reject(p, "Grace", 6)
    table = neuron_table(p, "Ada")
    assert [STATUSES[s] for s in table.status[:7]] == [
        "none", "accepted", "edited", "rejected", "skipped", "none", "none",
    ]  # fmt: skip
    assert np.flatnonzero(table.reviewed).tolist() == [1, 2, 3]
    assert np.flatnonzero(table.flagged).tolist() == [5]
    assert table.rating[2] == 4
    assert MODALITIES[table.own_modality[2]] is Modality.TEXTUAL
    assert table.own_concept == {1: "dog", 2: "wet dog"}
    assert label_rows(p, "Ada", frozenset({2}))[2] == p.events.label("Ada", 2)


def test_a_table_before_scoring_shows_proposals(small_project):
    small_project.database.execute("DELETE FROM verdict")
    table = neuron_table(small_project, "Ada")
    assert table.concept[7] == "dog 7"
    assert (table.modality == -1).all()
    assert np.isnan(table.score).all()


def test_the_page_of_one_neuron(small_project):
    verbs.rate(small_project, "Ada", 6, 2)
    verbs.rate(small_project, "Grace", 6, 3)
    detail, stats = neuron_detail(small_project, 6, "Ada"), small_project.neurons.stats()
    assert detail.label.rating == 2
    assert [e.annotator for e in detail.history] == ["Ada", "Grace"]
    assert {e.sample_id for e in detail.evidence.examples} == set(detail.samples)
    tops = [e for e in detail.evidence.examples if e.kind == "top"]
    shown = {detail.samples[e.sample_id].picture for e in tops} - {None}
    assert set(detail.pictures) == shown
    assert all(jpeg == small_project.pictures.get(row) for row, jpeg in detail.pictures.items())
    assert detail.verdict == small_project.verdicts.get(6)
    np.testing.assert_array_equal(detail.image.histogram, stats.image.histogram[6])
    assert detail.text.mean == pytest.approx(stats.text.mean[6])
    assert detail.image_share == pytest.approx(stats.image_share[6])
    assert detail.image.firing_mean == pytest.approx(0.7)


@pytest.mark.parametrize("neuron", [-1, 300])
def test_no_such_neuron_is_a_sentence(small_project, neuron):
    with pytest.raises(UserError, match="There is no neuron"):
        neuron_detail(small_project, neuron, "Ada")
