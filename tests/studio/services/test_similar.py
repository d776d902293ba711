"""Similar neurons and the map in a project: against brute force, through the pipeline's own step."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from studio.domain.context import Quiet
from studio.domain.errors import Cancelled, NotAProjectError, UserError
from studio.domain.evidence import ExampleKind
from studio.domain.similar import Likeness, Neighbours, SimilarSpec
from studio.services import together as counting
from studio.services.similar import neuron_map, similar_spec, similar_step, similar_to
from studio.services.steps import run_steps
from studio.storage.project import Project
from studio.storage.similar import SimilarTable

NEURONS, WIDTH = 300, 8


@pytest.fixture(scope="module")
def sae_folder(tmp_path_factory):
    """An SAE with as many latents as the small project has neurons."""
    import torch

    from models.sae import Sae, SaeConfig, save_sae

    folder = tmp_path_factory.mktemp("sae") / "layers.2"
    folder.mkdir()
    random = torch.Generator().manual_seed(0)
    config = SaeConfig(d_in=WIDTH, num_latents=NEURONS, k=4)
    weights = [torch.randn(*s, generator=random) for s in ((NEURONS, WIDTH), (NEURONS,), (NEURONS, WIDTH))]
    save_sae(Sae(config, *weights, torch.zeros(WIDTH)), folder)
    return folder.parent


def spec(folder, **more):
    return SimilarSpec(str(folder), "layers.2", count=5, steps=20, device="cpu", **more)


def compute(project, folder, tmp_path, ctx=None, **more):
    run_steps(project, [similar_step(tmp_path / "work", spec(folder, **more))], ctx or Quiet())


def live(project):
    tokens = project.neurons.column("image", "tokens") + project.neurons.column("text", "tokens")
    return [n for n in project.evidence.neurons() if tokens[n] > 0]


def test_neighbours_by_decoder_are_those_of_all_pairs(small_project, sae_folder, tmp_path):
    from models.sae import load_sae

    compute(small_project, sae_folder, tmp_path)
    decoder = load_sae(sae_folder, "layers.2").decoder.double().numpy()
    numbers = live(small_project)
    unit = decoder[numbers] / np.linalg.norm(decoder[numbers], axis=1, keepdims=True)
    cosines = unit @ unit.T
    np.fill_diagonal(cosines, -2)
    for place, neuron in list(enumerate(numbers))[::17]:
        found = similar_to(small_project, neuron).decoder
        expected = np.argsort(-cosines[place])[:5]
        assert [a.neuron for a in found] == [numbers[i] for i in expected]
        np.testing.assert_allclose([a.value for a in found], cosines[place][expected], atol=1e-5)
    assert similar_to(small_project, 1).decoder == []  # it has no examples


def test_firing_together_counts_kept_samples_on_which_both_fire(small_project, sae_folder, tmp_path):
    compute(small_project, sae_folder, tmp_path)
    sets = {}
    for neuron in small_project.evidence.neurons():
        examples = small_project.evidence.get(neuron).examples
        sets[neuron] = {e.sample_id for e in examples if e.kind is not ExampleKind.SILENT}
    for neuron in (0, 3, 150, 297):
        values = {
            other: (len(sets[neuron] & s) / np.sqrt(len(sets[neuron]) * len(s)), len(sets[neuron] & s))
            for other, s in sets.items()
            if other != neuron and sets[neuron] & s
        }
        expected = sorted(values, key=lambda other: (-values[other][0], other))[:5]
        found = similar_to(small_project, neuron).together
        assert [a.neuron for a in found] == expected
        for alike in found:
            assert (alike.value, alike.shared) == pytest.approx(values[alike.neuron])


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sets(st.integers(0, 9)), min_size=1, max_size=14), st.integers(1, 5), st.integers(1, 60))
def test_the_blocks_do_not_matter(sets, count, products):
    rows = np.array([i for i, s in enumerate(sets) for _ in s], int)
    columns = np.array([c for s in sets for c in sorted(s)], int)
    members = csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape=(len(sets), 10))
    before = counting.PRODUCTS
    try:
        counting.PRODUCTS = products
        found = counting.ochiai(members, count, Quiet())
    finally:
        counting.PRODUCTS = before
    for i, own in enumerate(sets):
        values = {
            j: len(own & s) / np.sqrt(len(own) * len(s)) for j, s in enumerate(sets) if j != i and own & s
        }
        expected = sorted(values, key=lambda j: (-values[j], j))[:count]
        assert [j for j in found.index[i].tolist() if j >= 0] == expected


def test_every_neuron_that_fires_has_a_place_on_the_map(small_project, sae_folder, tmp_path):
    compute(small_project, sae_folder, tmp_path)
    places = neuron_map(small_project).places
    assert places.shape == (NEURONS, 2)
    assert np.flatnonzero(~np.isnan(places).any(1)).tolist() == live(small_project)
    assert small_project.runs.last("similar").summary == {"neurons": len(live(small_project)), "missing": ""}
    assert not list((tmp_path / "work").iterdir())
    before = places.copy()
    compute(small_project, sae_folder, tmp_path)
    np.testing.assert_array_equal(neuron_map(small_project).places, before)


def test_without_the_sae_only_the_examples_speak(small_project, tmp_path):
    compute(small_project, tmp_path / "gone", tmp_path)
    found = similar_to(small_project, 0)
    assert found.decoder is None
    assert found.together
    assert "There is no folder" in found.missing
    assert neuron_map(small_project).places is None
    assert neuron_map(small_project).missing == found.missing


def test_another_sae_is_not_taken_for_the_right_one(small_project, sae_folder, tmp_path):
    sae = {"source": str(sae_folder), "hookpoint": "layers.2", "provenance": {"files": {"x": "other"}}}
    run = small_project.runs.start("extract", {"sae": sae})
    small_project.runs.finish(run, {})
    compute(small_project, sae_folder, tmp_path)
    assert "its files have changed" in similar_to(small_project, 0).missing
    assert similar_spec(small_project).source == str(sae_folder)


def test_before_anything_was_computed_nothing_is_known(small_project, tmp_path):
    found = similar_to(small_project, 0)
    assert (found.decoder, found.together, found.missing) == (None, None, "")
    assert neuron_map(small_project).places is None
    with Project.create(tmp_path / "empty.cstudio") as empty, pytest.raises(UserError, match="no neurons"):
        similar_spec(empty)


@pytest.mark.parametrize("text", ["Comparing decoder vectors", "Laying out the map", "Reading the examples"])
def test_a_cancelled_run_changes_nothing(small_project, sae_folder, tmp_path, make_watch, text):
    with pytest.raises(Cancelled):
        compute(small_project, sae_folder, tmp_path, make_watch(text, 0))
    assert similar_to(small_project, 0).together is None
    assert not (tmp_path / "work" / "similar-snapshot.bundle").exists()


def test_new_statistics_take_neighbours_and_map_away(small_project, sae_folder, tmp_path, fill):
    compute(small_project, sae_folder, tmp_path)
    small_project.neurons.write(small_project.neurons.stats())
    assert similar_to(small_project, 0).decoder is None
    assert neuron_map(small_project).places is None


def test_neighbours_of_many_neurons_are_found_in_their_block(small_project):
    table = SimilarTable(small_project.database)
    index = np.arange(2500, dtype=np.int32)[:, None] + np.array([1, 2], np.int32)
    table.write(Likeness.DECODER, Neighbours(index, index / np.float32(2), index * 0))
    for neuron in (0, 1023, 1024, 2499):
        assert [a.neuron for a in table.of(Likeness.DECODER, neuron)] == [neuron + 1, neuron + 2]
    assert table.of(Likeness.DECODER, 2500) == []
    assert table.of(Likeness.TOGETHER, 0) is None


def test_a_damaged_block_is_a_sentence(small_project):
    table = SimilarTable(small_project.database)
    index = np.zeros((3, 1), np.int32)
    table.write(Likeness.DECODER, Neighbours(index, index.astype(np.float32), index))
    small_project.database.execute("UPDATE neuron_column SET body=x'00' WHERE name GLOB 'similar.*'")
    with pytest.raises(NotAProjectError, match="similar neurons is damaged"):
        table.of(Likeness.DECODER, 0)
