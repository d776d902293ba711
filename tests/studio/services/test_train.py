"""Training on a random LLaVA-NeXT of the real classes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio.domain.context import Quiet
from studio.domain.errors import Cancelled, LayerError, UserError
from studio.domain.sample import ImageSource, Sample
from studio.domain.specs import TrainSpec
from studio.services.data import read_samples
from studio.services.sources import PictureCache
from studio.services.train import TrainResult, train
from studio.services.train.reading import is_held_out

TOKENS = 12_000


@pytest.fixture(scope="module")
def spec(world: Any) -> TrainSpec:
    return TrainSpec(
        world.model, world.data, world.layer, k=8, num_latents=128, tokens=TOKENS, batch_tokens=500,
        batch_size=4, held_out=0.25, lr=3e-3,
    )  # fmt: skip


@pytest.fixture(scope="module")
def whole(spec: TrainSpec, tmp_path_factory: pytest.TempPathFactory, make_watch: Any) -> Any:
    """One run that nothing disturbed: its result and what it told."""
    out = tmp_path_factory.mktemp("sae") / "out"
    watch = make_watch()
    return train(spec, out, watch), watch


def weights(folder: Path) -> dict[str, np.ndarray]:
    from safetensors.numpy import load_file

    return load_file(folder / "layers.1" / "sae.safetensors")


def assert_same_weights(one: Path, other: Path) -> None:
    first, second = weights(one), weights(other)
    assert first.keys() == second.keys()
    for name, value in first.items():
        assert value.tobytes() == second[name].tobytes(), name


def test_it_learns_and_writes_what_can_be_loaded(spec: TrainSpec, whole: Any) -> None:
    from models.sae import load_sae

    result, watch = whole
    sae = load_sae(result.folder, "layers.1")
    assert (sae.d_in, sae.num_latents, sae.k) == (160, 128, 8)
    assert [path.name for path in result.folder.iterdir()] == ["layers.1"]
    assert result.curves["fvu"][-1] < 0.5 * result.curves["fvu"][0]
    assert {"loss", "fvu", "fvu_image", "fvu_text", "l0", "dead", "explained", "lr", "tokens_per_s"} <= set(
        watch.curves[0]
    )
    assert len(watch.curves) == TOKENS // 500
    assert any("missing" in line for line in watch.logged)


def test_the_fit_is_that_of_the_held_out_samples(spec: TrainSpec, whole: Any) -> None:
    import torch

    from models.activations import stream
    from models.sae import evaluate, load_sae
    from models.vlm import load_vlm

    result: TrainResult = whole[0]
    held = [s for s in read_samples(spec.data) if is_held_out(s, spec)]
    assert 1 <= len(held) <= 10
    parts = list(stream(load_vlm(spec.model), held, spec.layer, 1, Quiet(), PictureCache().open))
    vectors, kinds = zip(*(p.vectors() for p in parts if p.samples), strict=True)
    fit = evaluate(load_sae(result.folder, "layers.1"), torch.cat(vectors), torch.cat(kinds))
    assert result.fit["fvu"] == pytest.approx(fit.fvu, rel=1e-3)
    assert result.fit["fvu_image"] == pytest.approx(fit.fvu_image, rel=1e-3)
    assert result.fit["fvu_text"] == pytest.approx(fit.fvu_text, rel=1e-3)
    assert result.summary()["measured_on"] == "held-out samples"


def test_the_run_card_is_json_with_config_data_curves_and_hashes(spec: TrainSpec, whole: Any) -> None:
    result: TrainResult = whole[0]

    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is no JSON")

    text = (result.folder / "layers.1" / "run.json").read_text()
    card = json.loads(text, parse_constant=refuse)
    assert card["config"] == json.loads(json.dumps(result.config()))
    assert card["config"]["data"]["source"] == spec.data.source
    assert set(card["files"]) == {"cfg.json", "sae.safetensors"}
    assert len(card["curves"]["step"]) == len(card["curves"]["fvu"]) > 10
    json.dumps(result.summary(), allow_nan=False)


def test_a_finished_run_is_used_as_it_is(spec: TrainSpec, whole: Any, make_watch: Any) -> None:
    result: TrainResult = whole[0]
    watch = make_watch()
    again = train(replace(spec, batch_size=2), result.folder, watch)
    assert again.fit == result.fit
    assert watch.logged[-1] == "This SAE was trained before; it is used as it is."
    assert not watch.curves


def test_a_cancelled_run_ends_with_the_same_weights(
    spec: TrainSpec, whole: Any, tmp_path: Path, make_watch: Any
) -> None:
    with pytest.raises(Cancelled):
        train(spec, tmp_path / "out", make_watch("Training the SAE", 5000))
    assert not (tmp_path / "out" / "layers.1").exists()
    watch = make_watch()
    train(spec, tmp_path / "out", watch)
    assert "Going on after 5000 vectors that were seen before." in watch.logged
    assert not any(text == "Reading activations" for _, _, text in watch.reported)
    assert_same_weights(tmp_path / "out", whole[0].folder)


def test_another_architecture_goes_on_after_a_stop_and_is_saved_for_saelens(
    spec: TrainSpec, tmp_path: Path, make_watch: Any
) -> None:
    other = replace(spec, architecture="batch_topk", tokens=4000)
    one = train(other, tmp_path / "one", Quiet())
    assert set(one.card["files"]) == {"cfg.json", "sae_weights.safetensors"}
    assert one.card["config"]["architecture"] == "batch_topk"
    with pytest.raises(Cancelled):
        train(other, tmp_path / "two", make_watch("Training the SAE", 2000))
    two = train(other, tmp_path / "two", Quiet())
    assert two.card["files"] == one.card["files"]
    with pytest.raises(UserError, match="no architecture"):
        train(replace(spec, architecture="moe"), tmp_path / "three", Quiet())


def test_a_run_cut_off_while_reading_starts_over(
    spec: TrainSpec, whole: Any, tmp_path: Path, make_watch: Any
) -> None:
    with pytest.raises(RuntimeError):
        train(spec, tmp_path / "out", make_watch("Reading activations", 8, RuntimeError))
    train(spec, tmp_path / "out", Quiet())
    assert_same_weights(tmp_path / "out", whole[0].folder)


def test_data_that_do_not_fit_are_read_in_rounds(
    spec: TrainSpec, tmp_path: Path, make_watch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.services.train.reading.STORE_BYTES", 700 * 160 * 4)
    small = replace(spec, tokens=6000)
    watch = make_watch()
    one = train(small, tmp_path / "one", watch)
    read = [done for done, _, text in watch.reported if text == "Reading activations"]
    assert max(read) == 17
    assert read.count(17) >= 2  # the data were read to their end and again from the front
    with pytest.raises(Cancelled):
        train(small, tmp_path / "two", make_watch("Training the SAE", 3500))
    train(small, tmp_path / "two", Quiet())
    assert_same_weights(tmp_path / "one", tmp_path / "two")
    assert one.card["summary"]["held_out_vectors"]["image"] > 0


def test_samples_of_one_picture_are_held_out_together(spec: TrainSpec) -> None:
    half, tenth = replace(spec, held_out=0.5, seed=3), replace(spec, held_out=0.1, seed=3)
    picture = (ImageSource(path=Path("a.png")),)
    assert len({is_held_out(Sample(str(n), picture, ()), half) for n in range(20)}) == 1
    assert 0.08 < np.mean([is_held_out(Sample(str(n), (), ()), tenth) for n in range(4000)]) < 0.12


def test_a_data_set_that_was_moved_is_split_the_same(spec: TrainSpec, tmp_path: Path) -> None:
    split = []
    for home in ("here", "there"):
        folder = tmp_path / home
        (folder / "images").mkdir(parents=True)
        moved = replace(spec, held_out=0.5, data=replace(spec.data, source=str(folder)))
        pictures = [(ImageSource(path=folder / "images" / f"{n}.png"),) for n in range(200)]
        split.append([is_held_out(Sample(str(n), p, ()), moved) for n, p in enumerate(pictures)])
    assert split[0] == split[1]
    assert 60 < sum(split[0]) < 140


def test_bad_input_is_a_sentence(spec: TrainSpec, tmp_path: Path) -> None:
    with pytest.raises(LayerError):
        train(replace(spec, layer=-1), tmp_path, Quiet())
    with pytest.raises(UserError, match="held out is 1"):
        train(replace(spec, held_out=1.0), tmp_path, Quiet())
