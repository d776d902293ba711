"""Samples of several pictures through the whole path: read, run, kept, shown, exported, and run again."""

from __future__ import annotations

import io
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from models.activations import stream
from models.causal import INTERVENTIONS, intervene
from models.vlm import load_vlm
from plugins.export_hub import _sample
from plugins.export_show import regions
from studio.domain.context import Quiet
from studio.domain.evidence import ExampleKind, StoredSample
from studio.domain.modality import TokenKind
from studio.domain.specs import CausalSpec, DataSpec, ExtractSpec, SaeSpec
from studio.services.causal import _pair
from studio.services.data import read_samples
from studio.services.evidence_reader import candidates
from studio.services.extract import extract
from studio.services.merge import merge_bundle
from studio.services.neuron_detail import neuron_detail
from studio.services.pictures import load_picture
from studio.services.reactivate import Edits, Reactivator
from studio.services.scorer_images import image_codes
from studio.storage.project import Project
from studio.ui.review.erase_desk import erase_shots
from studio.ui.review.shots import image_shots

LATENTS, K = 64, 6
SIZES = {"a.png": (160, 90), "b.png": (70, 130), "c.png": (64, 64)}
RECORDS = (
    {"id": "two", "image": ["a.png", "b.png"], "question": "is there a cat ?", "answer": "yes"},
    {"id": "again", "image": ["c.png", "a.png"], "question": "<image> left of <image> ?", "answer": "no"},
    {"id": "one", "image": "b.png", "question": "what is it ?", "answer": "a dog"},
)


@pytest.fixture(scope="module")
def spec(world: Any, tmp_path_factory: pytest.TempPathFactory) -> ExtractSpec:
    import torch

    from models.sae import Sae, SaeConfig, save_sae

    folder: Path = tmp_path_factory.mktemp("several")
    for seed, (name, (width, height)) in enumerate(SIZES.items()):
        noise = np.random.default_rng(seed).integers(0, 255, (height, width, 3), np.uint8)
        Image.fromarray(noise).save(folder / name)
    (folder / "samples.jsonl").write_text("\n".join(map(json.dumps, RECORDS)))
    rows = torch.randn(LATENTS, 160, generator=torch.Generator().manual_seed(1)) / 160**0.5
    config = SaeConfig(160, LATENTS, K, hookpoint="layers.1")
    sae = Sae(config, rows, torch.zeros(LATENTS), rows.clone(), torch.zeros(160))
    save_sae(sae, folder / "sae" / "layers.1")
    place = SaeSpec(str(folder / "sae"), "layers.1")
    return ExtractSpec(world.model, DataSpec(str(folder)), world.layer, place, top=3, quantile=1, silent=1)


@pytest.fixture(scope="module")
def project(spec: ExtractSpec, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("project")
    result = extract(spec, folder / "e.bundle", Quiet())
    assert (result.samples, result.skipped) == (3, 0)
    with Project.create(folder / "p.cstudio") as made:
        merge_bundle(made, folder / "e.bundle")
        yield made


def size_of(project: Project, stored: StoredSample) -> tuple[int, int]:
    """The picture it shows, as its own bytes say; all are small enough to be kept whole."""
    return Image.open(io.BytesIO(project.pictures.get(stored.picture))).size


def test_every_picture_is_kept_and_the_one_that_fires_is_shown(project: Any, spec: ExtractSpec) -> None:
    vlm = load_vlm(spec.model)
    maps = {
        s.id: vlm.prepare([(s, [load_picture(i) for i in s.images])]).tokens[0]
        for s in read_samples(spec.data)
    }
    seen, pictures = set(), {r["id"]: np.atleast_1d(r["image"]).tolist() for r in RECORDS}
    for neuron in project.evidence.neurons():
        for shown in candidates(project, neuron, TokenKind.IMAGE):
            stored, fires, tokens = shown.sample, shown.example.map, maps[shown.sample.id]
            place = int(tokens.pictures[fires.image_index[fires.image_value.argmax()]])
            width, height = SIZES[pictures[stored.id][place]]
            assert (stored.width, stored.height) == (width, height) == size_of(project, stored)
            own = tokens.pictures == place
            np.testing.assert_array_equal(stored.boxes, np.where(own[:, None], tokens.boxes, 0))
            drawn = regions(stored, shown.example, 1.0)
            assert all(r.x + r.width <= width and r.y + r.height <= height for r in drawn)
            seen.add((stored.id, place, stored.shown_as))
    assert seen == {("two", 0, "picture 1 of 2"), ("two", 1, "picture 2 of 2"), ("one", 0, ""),
                    ("again", 0, "picture 1 of 2"), ("again", 1, "picture 2 of 2")}  # fmt: skip


def test_the_window_shows_and_erases_the_picture_that_fires(project: Any) -> None:
    neurons = [
        n for n in project.evidence.neurons() if project.evidence.get(n).of(TokenKind.IMAGE, ExampleKind.TOP)
    ]
    places = set()
    for neuron in neurons:
        detail = neuron_detail(project, neuron, "Ada")
        for shot in (*image_shots(detail, ExampleKind.TOP), *erase_shots(detail, ExampleKind.TOP)):
            assert shot.sample.shown_as == detail.samples[shot.sample.id].seen_by(shot.example.map).shown_as
            places.add(shot.sample.shown_as)
        assert {shot.sample.picture for shot in image_shots(detail, ExampleKind.TOP)} <= set(detail.pictures)
    assert places == {"", "picture 1 of 2", "picture 2 of 2"}


def test_a_region_is_erased_on_the_shown_picture_alone(project: Any, spec: ExtractSpec) -> None:
    from models.erase import activations, erase
    from models.sae import load_sae

    networks = Reactivator(CausalSpec(spec.model, spec.layer, spec.sae), Quiet())
    stored = project.samples.get(["two"])["two"].showing(1)
    jpegs = [project.pictures.get(p.row) for p in stored.all_pictures]
    first, second = (Image.open(io.BytesIO(jpeg)).convert("RGB") for jpeg in jpegs)
    box = (10.0, 20.0, 60.0, 100.0)
    vlm, sae = load_vlm(spec.model), load_sae(spec.sae.source, spec.sae.hookpoint)
    neuron = next(
        neuron
        for neuron in project.evidence.neurons()
        for shown in candidates(project, neuron, TokenKind.IMAGE)
        if (shown.sample.id, shown.sample.shown_place) == ("two", 1)
    )
    found = networks.reactivate(stored, jpegs, neuron, Edits((box,), "black"))
    edited = [first, erase(second, [box], "black")]
    by_hand = activations(vlm, sae, spec.layer, neuron, edited, stored.turns)
    np.testing.assert_allclose(found.image, by_hand.image, atol=1e-4)
    assert found.after != found.before


def test_a_causal_run_takes_all_pictures_away(project: Any, spec: ExtractSpec) -> None:
    own, other = _pair(project, "again"), _pair(project, "one")
    assert [image.size for image in own.images] == [SIZES["c.png"], SIZES["a.png"]]
    assert own.turns[0].pictures == (0, 8)
    blank = intervene("blank_image", own, None)
    assert all(len(image.getcolors()) == 1 for image in blank.images)
    vlm = load_vlm(spec.model)
    for name in INTERVENTIONS:
        pair = intervene(name, own, other)
        assert len(pair.images) == (1 if name == "mismatch" else 2)
        sample = SimpleNamespace(id=name, images=(), turns=pair.turns)
        (found,) = stream(vlm, [sample], 0, 1, Quiet(), lambda _s, pair=pair: pair.images)
        assert [s.sizes for s in found.samples] == [tuple(image.size for image in pair.images)]


def test_a_score_of_pictures_sees_each_once_with_its_own_tokens(project: Any, spec: ExtractSpec) -> None:
    codes = list(image_codes(project, spec.data, Quiet()))
    assert [code.path.name for code in codes] == ["a.png", "b.png", "c.png"]
    for code in codes:
        assert code.image.size == SIZES[code.path.name]
        assert len(code.boxes) == len(code.indices) == len(code.values)
        np.testing.assert_allclose(code.boxes.max(axis=0)[2:], code.image.size, rtol=0.1)


def test_the_hub_export_holds_all_pictures(project: Any) -> None:
    row = _sample(project.samples.get(["two"])["two"], SimpleNamespace(picture=project.pictures.get))
    assert len(row["more_images"]) == 1
    shown = [np.array(row["boxes"])[np.array(row["box_image"]) == place] for place in (0, 1)]
    for boxes, name in zip(shown, ("a.png", "b.png"), strict=True):
        np.testing.assert_allclose(boxes.max(axis=0)[2:], SIZES[name], rtol=0.1)
