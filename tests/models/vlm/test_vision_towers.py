"""CLIP and SigLIP vision towers alone: which layer, which tokens, where they are, and no text."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

from models.activations import stream
from models.answers import respond
from models.vlm import Vlm, load_vlm
from models.vlm.check import main
from models.vlm.probe import probe
from models.vlm.reading import load_reading
from studio.domain.context import Quiet
from studio.domain.errors import DataError, LayerError, ModelError
from studio.domain.sample import ImageSource, Sample, Turn
from studio.domain.specs import ModelSpec
from tests.models.vlm.tiny_towers import PATCH, SIDE, TOWERS, vision_part, write_tower

#: Width and height: square, wide, tall, tiny, huge.
SIZES = [(150, 150), (330, 140), (130, 320), (21, 17), (1700, 1300)]
ASKED = Turn("user", "How many cats are there?")


@pytest.fixture(scope="module")
def tower(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Any, Vlm]]:
    """The model as its class makes it, and as it is loaded from its folder."""

    @cache
    def load(kind: str) -> tuple[Any, Vlm]:
        folder = tmp_path_factory.mktemp(kind)
        model = write_tower(kind, folder)
        return model, load_vlm(ModelSpec(str(folder), device="cpu"))

    return load


def _picture(seed: int, width: int, height: int) -> Image.Image:
    noise = np.random.default_rng(seed).integers(0, 255, (height // 10 + 1, width // 10 + 1, 3), np.uint8)
    return Image.fromarray(noise).resize((width, height))


def _samples() -> list[tuple[Sample, list[Image.Image]]]:
    return [(Sample(f"s{i}", (), (ASKED,)), [_picture(i, *size)]) for i, size in enumerate(SIZES)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", TOWERS)
def test_the_strongest_token_moves_with_the_patch(tower: Any, kind: str, size: tuple[int, int]) -> None:
    spots = list(probe(tower(kind)[1], [size], spots=9))
    assert len({spot.patch for spot in spots}) >= 9
    assert [spot for spot in spots if not spot.hit] == []


@pytest.mark.parametrize("kind", TOWERS)
@pytest.mark.parametrize("layer", [0, 2])
def test_hidden_states_are_those_after_the_layer(tower: Any, kind: str, layer: int) -> None:
    """Against transformers' own list, whose first entry is what goes into layer 0."""
    model, vlm = tower(kind)
    batch = vlm.prepare(_samples())
    with torch.no_grad():
        own = vision_part(model)(batch.inputs["pixel_values"], output_hidden_states=True).hidden_states
    hidden = vlm.hidden(batch, layer)
    torch.testing.assert_close(hidden, own[layer + 1], rtol=0, atol=1e-5)
    leading = 1 if kind.startswith("CLIP") else 0
    assert hidden.shape == (len(SIZES), leading + (SIDE // PATCH) ** 2, 32)
    for tokens in batch.tokens:
        assert tokens.image_positions.tolist() == list(range(leading, hidden.shape[1]))


@pytest.mark.parametrize("kind", TOWERS)
def test_a_mixed_batch_equals_one_by_one(tower: Any, kind: str) -> None:
    vlm = tower(kind)[1]
    batch = vlm.prepare(_samples())
    together = vlm.hidden(batch, 1)
    for row, sample in enumerate(_samples()):
        single = vlm.prepare([sample])
        for field in dataclasses.fields(single.tokens[0]):
            mine, others = (getattr(b.tokens[i], field.name) for b, i in ((single, 0), (batch, row)))
            np.testing.assert_array_equal(mine, others)
        torch.testing.assert_close(together[row], vlm.hidden(single, 1)[0], rtol=0, atol=1e-5)


@pytest.mark.parametrize("size", SIZES)
def test_boxes_of_a_crop_and_of_a_stretch(tower: Any, size: tuple[int, int]) -> None:
    """CLIP sees the middle square of the picture, SigLIP all of it; nothing twice."""
    width, height = size
    for kind, seen in (("CLIPVisionModel", min(size) ** 2), ("SiglipVisionModel", width * height)):
        boxes = tower(kind)[1].prepare([(Sample("a", (), ()), [_picture(0, *size)])]).tokens[0].boxes
        area = ((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])).astype(np.float64)
        assert area.sum() == pytest.approx(seen, rel=0.02)
        middle = (boxes[:, :2].min(0) + boxes[:, 2:].max(0)) / 2
        assert middle == pytest.approx([width / 2, height / 2], abs=max(size) / SIDE)


def test_words_are_left_alone(tower: Any) -> None:
    vlm = tower("CLIPVisionModel")[1]
    tokens = vlm.prepare(_samples()[:1]).tokens[0]
    assert (tokens.tokens, tokens.roles, len(tokens.text_positions)) == ((), (), 0)
    found = list(
        stream(vlm, [_with_source(s) for s, _ in _samples()], 1, 2, Quiet(), lambda s: [_picture(0, 90, 60)])
    )
    samples = [sample for part in found for sample in part.samples]
    assert [s.text.shape for s in samples] == [(0, 32)] * len(SIZES)
    assert [s.image.shape for s in samples] == [(64, 32)] * len(SIZES)


def _with_source(sample: Sample) -> Sample:
    return dataclasses.replace(sample, images=(ImageSource(data=b""),))


@pytest.mark.parametrize("pictures", [0, 2])
def test_one_picture_a_sample(tower: Any, pictures: int) -> None:
    with pytest.raises(DataError, match=f"one picture a sample is read; this one has {pictures}"):
        tower("SiglipModel")[1].prompt(Sample("a", (), (ASKED,)), [_picture(0, 50, 50)] * pictures)


def test_no_questions(tower: Any) -> None:
    vlm = tower("CLIPModel")[1]
    for ask in (lambda: respond(vlm, _samples(), 3), lambda: vlm.answer(*_samples()[0])):
        with pytest.raises(ModelError, match="is a vision tower: it reads pictures and answers no questions"):
            ask()


def test_a_layer_that_is_not_there(tower: Any) -> None:
    vlm = tower("CLIPModel")[1]
    with pytest.raises(LayerError, match=r"^This model has 3 vision layers, 0 to 2; you asked for 3\.$"):
        vlm.hidden(vlm.prepare(_samples()), 3)


def test_the_text_half_stays_on_the_disk(tower: Any) -> None:
    assert type(tower("CLIPModel")[1].model).__name__ == "CLIPVisionModel"
    assert type(tower("SiglipModel")[1].model).__name__ == "SiglipVisionModel"


def test_a_processor_of_another_tower(tmp_path: Path) -> None:
    other = CLIPImageProcessorPil(size={"shortest_edge": 96}, crop_size={"height": 96, "width": 96})
    write_tower("CLIPVisionModel", tmp_path, other)
    vlm = load_vlm(ModelSpec(str(tmp_path), device="cpu"))
    with pytest.raises(ModelError, match="makes pictures of 96 x 96 pixels"):
        vlm.prepare(_samples()[:1])


def test_no_processor(tmp_path: Path) -> None:
    write_tower("CLIPVisionModel", tmp_path)
    for name in ("preprocessor_config.json", "processor_config.json"):
        (tmp_path / name).unlink(missing_ok=True)
    with pytest.raises(ModelError, match=r"The processor of .* cannot be loaded"):
        load_vlm(ModelSpec(str(tmp_path), device="cpu"))


def test_the_probe_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_tower("CLIPModel", tmp_path)
    assert main([str(tmp_path), "--device", "cpu"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("CLIP vision tower, 3 vision layers of width 32\n")
    assert said.endswith("PASS\n")


@pytest.mark.parametrize("kind", TOWERS)
def test_the_preview_needs_no_weights(tmp_path: Path, kind: str) -> None:
    write_tower(kind, tmp_path)
    (tmp_path / "model.safetensors").unlink()
    assert json.loads((tmp_path / "config.json").read_text())["model_type"]
    prompt = load_reading(ModelSpec(str(tmp_path))).prompt(*_samples()[1])
    assert prompt.size == 64 + (1 if kind.startswith("CLIP") else 0)
    assert prompt.text.text == ""


def test_the_window_knows_the_towers_layers_and_width(tmp_path: Path) -> None:
    """Of a joint encoder too, whose text half has others."""
    from studio.ui.new_project.facts import model_facts

    for kind in TOWERS:
        write_tower(kind, tmp_path / kind)
        facts = model_facts(str(tmp_path / kind))
        assert (facts.problem, facts.layers, facts.width) == ("", 3, 32)
