"""Extraction on a random LLaVA-NeXT of the real classes, against METHOD 1 sample by sample."""

from __future__ import annotations

import errno
import pickle
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio.domain.context import Quiet
from studio.domain.errors import Cancelled, DataError, DiskFullError, LayerError, WidthError
from studio.domain.evidence import Evidence, ExampleKind
from studio.domain.modality import TokenKind
from studio.domain.neuron import NeuronStats
from studio.domain.specs import DataSpec, ExtractSpec, SaeSpec
from studio.services.causal import causal_spec
from studio.services.doctor import doctor
from studio.services.extract import ExtractResult, extract
from studio.storage.project import Project

LATENTS = 96
K = 6
TOP = 4


@pytest.fixture(scope="module")
def sae_folder(world: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random SAE that fits the model."""
    return save_random_sae(tmp_path_factory.mktemp("sae"), width=160)


def save_random_sae(folder: Path, width: int) -> Path:
    import torch

    from models.sae import Sae, SaeConfig, save_sae

    generator = torch.Generator().manual_seed(1)
    rows = torch.randn(LATENTS, width, generator=generator) / width**0.5
    bias = torch.randn(LATENTS, generator=generator) * 0.1
    config = SaeConfig(width, LATENTS, K, hookpoint="layers.1")
    save_sae(Sae(config, rows, bias, rows.clone(), torch.zeros(width)), folder / "layers.1")
    return folder


@pytest.fixture(scope="module")
def spec(world: Any, sae_folder: Path) -> ExtractSpec:
    sae = SaeSpec(str(sae_folder), "layers.1")
    return ExtractSpec(world.model, world.data, world.layer, sae, top=TOP, quantile=5, silent=3, batch_size=4)


@pytest.fixture(scope="module")
def whole(spec: ExtractSpec, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle of one run that nothing disturbed."""
    bundle = tmp_path_factory.mktemp("whole") / "e.bundle"
    result = extract(spec, bundle, Quiet())
    assert result == ExtractResult(bundle, 15, 3, LATENTS, result.live, result.seconds)
    assert sorted(path.name for path in bundle.parent.iterdir()) == ["e.bundle"]
    return bundle


def read(bundle: Path) -> tuple[NeuronStats, dict[int, Evidence]]:
    with Project.open(bundle) as project:
        return project.neurons.stats(), {n: project.evidence.get(n) for n in range(LATENTS)}


def one_by_one(spec: ExtractSpec) -> dict[str, list[np.ndarray]]:
    """Dense activations [tokens, latents] of each sample on both sides, from the formulas alone."""
    import torch

    from models.sae import load_sae
    from models.vlm import load_vlm
    from studio.services.data import read_samples
    from studio.services.pictures import load_picture

    vlm, sae = load_vlm(spec.model), load_sae(spec.sae.source, spec.sae.hookpoint)
    found = {}
    for sample in read_samples(spec.data):
        try:
            images = [load_picture(image) for image in sample.images]
        except DataError:
            continue
        batch = vlm.prepare([(sample, images)])
        x = vlm.model.model(**batch.inputs, output_hidden_states=True).hidden_states[spec.layer + 1][0]
        pre = ((x - sae.b_dec) @ sae.encoder.T + sae.encoder_bias).detach()
        kept = torch.zeros_like(pre).scatter_(1, pre.topk(K).indices, pre.topk(K).values).clamp(min=0)
        positions = (batch.tokens[0].image_positions, batch.tokens[0].text_positions)
        found[sample.id] = [kept[p].numpy().astype(np.float64) for p in positions]
    return found


def resumed(watch) -> list[str]:
    """What the log says about going on (it names the samples left out and the memory plan as well)."""
    return [line for line in watch.logged if not line.startswith(("Left out ", "Memory on "))]


def test_statistics_and_examples_are_those_of_the_definition(spec: ExtractSpec, whole: Path) -> None:
    dense = one_by_one(spec)
    stats, evidence = read(whole)
    for side, totals in enumerate((stats.image, stats.text)):
        every = np.concatenate([a[side] for a in dense.values()])
        assert totals.total_tokens == len(every)
        assert totals.total_samples == sum(len(a[side]) > 0 for a in dense.values())
        np.testing.assert_allclose(totals.sum, every.sum(0), rtol=1e-4, atol=1e-3)
        np.testing.assert_allclose(totals.max, every.max(0), rtol=1e-4, atol=1e-4)
        kind = list(TokenKind)[side]
        for neuron in range(LATENTS):
            means = sorted((a[side][:, neuron].mean() for a in dense.values() if len(a[side])), reverse=True)
            top = [e.score for e in evidence[neuron].of(kind, ExampleKind.TOP)]
            expected = [mean for mean in means[:TOP] if mean > 0]
            np.testing.assert_allclose(top, expected, rtol=1e-3, atol=1e-4)


def test_a_run_in_fewer_bits_says_so_and_is_run_again_in_as_many(spec: ExtractSpec, tmp_path: Path) -> None:
    model = replace(spec.model, quantize="8bit", device="cpu")
    extract(replace(spec, model=model, data=replace(spec.data, limit=2)), tmp_path / "e.bundle", Quiet())
    with Project.open(tmp_path / "e.bundle") as project:
        record = project.runs.last("extract").config["model"]
        assert (record["quantize"], record["dtype"], record["device_map"]) == ("8bit", "float32", "")
        assert causal_spec(project).model == replace(model, dtype="float32", device="auto")


def test_the_doctor_reads_the_layers_around(spec: ExtractSpec) -> None:
    """Also those above the layer, which an extraction does not load."""
    found = doctor(replace(spec, data=replace(spec.data, limit=1)), 1, Quiet())
    assert sorted(found.layers) == [spec.layer - 1, spec.layer, spec.layer + 1]


def test_maps_samples_and_boxes_fit_together(spec: ExtractSpec, whole: Path) -> None:
    dense = one_by_one(spec)
    with Project.open(whole) as project:
        checked = 0
        for neuron in project.evidence.neurons():
            evidence = project.evidence.get(neuron)
            samples = project.samples.get({e.sample_id for e in evidence.examples})
            for example in evidence.examples:
                stored, (image, text) = samples[example.sample_id], dense[example.sample_id]
                assert stored.boxes.shape == (len(image), 4)
                assert len(stored.views) == len(image)
                assert len(stored.tokens) == len(stored.roles) == len(text)
                for a, index, value in (
                    (image, example.map.image_index, example.map.image_value),
                    (text, example.map.text_index, example.map.text_value),
                ):
                    shown = np.zeros(len(a))
                    shown[index] = value
                    np.testing.assert_allclose(shown, a[:, neuron], rtol=1e-3, atol=1e-3)
                    checked += len(index)
                assert (stored.picture is None) == (stored.id == "text-only")
                if stored.picture is not None:
                    assert project.pictures.get(stored.picture)[:2] == b"\xff\xd8"
                    assert stored.boxes.max() <= max(stored.width, stored.height) + 1e-3
        assert checked > 1000


def test_the_record_says_what_was_done_and_left_out(spec: ExtractSpec, whole: Path) -> None:
    with Project.open(whole) as project:
        assert project.is_bundle
        left_out = {skipped.id: skipped.reason for skipped in project.skipped.all()}
        assert set(left_out) == {"missing", "broken", "samples.jsonl:18"}
        assert "missing" in left_out["missing"]
        run = project.runs.last("extract")
        assert run is not None
        assert run.finished
        assert run.config["layer"] == spec.layer
        assert run.config["sae"]["source"] == spec.sae.source
        assert run.config["sae"]["provenance"]["files"]
        assert run.summary is not None
        assert run.summary["samples"] == 15
        assert run.summary["skipped"] == 3


def assert_same(one: Path, other: Path) -> None:
    """Equal up to the rounding of products of other shapes."""
    (stats, evidence), (stats_2, evidence_2) = read(one), read(other)
    for a, b in ((stats.image, stats_2.image), (stats.text, stats_2.text)):
        np.testing.assert_allclose(a.sum, b.sum, rtol=1e-4, atol=1e-3)
        assert a.total_tokens == b.total_tokens
        assert np.abs(a.tokens - b.tokens).sum() <= 2
    for neuron in range(LATENTS):
        examples, others = evidence[neuron].examples, evidence_2[neuron].examples
        assert [(e.side, e.kind, e.sample_id) for e in examples] == [
            (e.side, e.kind, e.sample_id) for e in others
        ]
        np.testing.assert_allclose([e.score for e in examples], [e.score for e in others], rtol=1e-3)


@pytest.mark.parametrize("batch_size", [1, 7])
def test_the_result_does_not_depend_on_the_batch(
    spec: ExtractSpec, whole: Path, tmp_path: Path, batch_size: int
) -> None:
    extract(replace(spec, batch_size=batch_size), tmp_path / "e.bundle", Quiet())
    assert_same(tmp_path / "e.bundle", whole)


def test_a_run_cancelled_while_writing_encodes_nothing_again(
    spec: ExtractSpec, whole: Path, tmp_path: Path, make_watch: Any
) -> None:
    with pytest.raises(Cancelled):
        extract(spec, tmp_path / "e.bundle", make_watch("Writing the examples", 0))
    watch = make_watch()
    extract(spec, tmp_path / "e.bundle", watch)
    assert resumed(watch) == ["Going on after 17 samples that were done before."]
    assert_same(tmp_path / "e.bundle", whole)


def test_a_cancelled_run_goes_on(spec: ExtractSpec, whole: Path, tmp_path: Path, make_watch: Any) -> None:
    bundle = tmp_path / "e.bundle"
    with pytest.raises(Cancelled):
        extract(spec, bundle, make_watch("Extracting activations", 8))
    assert not bundle.exists()
    watch = make_watch()
    extract(spec, bundle, watch)
    assert resumed(watch) == ["Going on after 8 samples that were done before."]
    assert min(done for done, _, text in watch.reported if text == "Extracting activations") > 8
    assert_same(bundle, whole)
    assert [path.name for path in tmp_path.iterdir()] == ["e.bundle"]


DYING = """
import os, pickle, sys
from pathlib import Path
from studio.domain.context import Quiet
from studio.services.extract import run as service

class Dying(Quiet):
    def report(self, done, total, text=""):
        if text == "Extracting activations" and done >= 12:
            os._exit(9)

service.CHECKPOINT_EVERY, service.CHECKPOINT_SHARE = 0.0, 1e9
spec = pickle.loads(Path(sys.argv[1]).read_bytes())
service.extract(spec, Path(sys.argv[2]), Dying())
"""


def test_a_killed_run_goes_on_from_its_last_checkpoint(
    spec: ExtractSpec, whole: Path, tmp_path: Path, make_watch: Any
) -> None:
    """The process dies without any clean-up after the third batch, which no checkpoint has yet."""
    bundle = tmp_path / "work" / "e.bundle"
    (tmp_path / "spec").write_bytes(pickle.dumps(spec))
    command = [sys.executable, "-c", DYING, str(tmp_path / "spec"), str(bundle)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 9, done.stderr
    assert not bundle.exists()
    watch = make_watch()
    extract(spec, bundle, watch)
    assert resumed(watch) == ["Going on after 8 samples that were done before."]
    assert_same(bundle, whole)


def test_another_spec_does_not_go_on_with_a_checkpoint(
    spec: ExtractSpec, tmp_path: Path, make_watch: Any
) -> None:
    with pytest.raises(Cancelled):
        extract(spec, tmp_path / "e.bundle", make_watch("Extracting activations", 8))
    watch = make_watch()
    extract(replace(spec, seed=1), tmp_path / "e.bundle", watch)
    assert resumed(watch) == []


def test_a_damaged_checkpoint_is_started_over(
    spec: ExtractSpec, whole: Path, tmp_path: Path, make_watch: Any
) -> None:
    bundle = tmp_path / "e.bundle"
    with pytest.raises(Cancelled):
        extract(spec, bundle, make_watch("Extracting activations", 8))
    (tmp_path / "e.bundle.part").write_bytes(b"x" * 10_000)
    extract(spec, bundle, Quiet())
    assert_same(bundle, whole)


def test_an_sae_of_another_width_is_refused(spec: ExtractSpec, tmp_path: Path) -> None:
    narrow = save_random_sae(tmp_path / "sae", width=96)
    wrong = replace(spec, sae=SaeSpec(str(narrow), "layers.1"))
    with pytest.raises(WidthError, match=r"vectors of 96 numbers; layer 1 of this model gives 160"):
        extract(wrong, tmp_path / "e.bundle", Quiet())
    assert [path.name for path in tmp_path.iterdir()] == ["sae"]


def test_bad_input_is_a_sentence_and_nothing_is_left(spec: ExtractSpec, tmp_path: Path) -> None:
    with pytest.raises(LayerError, match="you asked for 40"):
        extract(replace(spec, layer=40), tmp_path / "e.bundle", Quiet())
    with pytest.raises(DataError, match="no folder"):
        extract(replace(spec, data=DataSpec(str(tmp_path / "none"))), tmp_path / "e.bundle", Quiet())
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_a_sentence_and_the_work_is_kept(
    spec: ExtractSpec, tmp_path: Path, make_watch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    bundle = tmp_path / "e.bundle"
    with pytest.raises(Cancelled):
        extract(spec, bundle, make_watch("Extracting activations", 8))
    with monkeypatch.context() as patch:
        patch.setattr("studio.services.extract.checkpoint.os.replace", full)
        with pytest.raises(DiskFullError, match="no room"):
            extract(spec, bundle, Quiet())
    assert not bundle.exists()
    extract(spec, bundle, Quiet())
    assert bundle.exists()
