"""The numbers of layers as PatchSAE, Prisma and SAELens publish them, by hooks on the real class."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from transformers import CLIPVisionModel

from models.sae import load_sae
from models.vlm import load_vlm
from studio.domain.hookpoint import hook_of, mismatch, trained_on
from studio.domain.sample import Sample
from studio.domain.specs import ModelSpec
from tests.models.vlm.tiny_towers import write_tower

LAYERS = 3
#: A config as its library writes it, and where the hook is: (layer of the list, "in" or "out").
PUBLISHED = {
    "PatchSAE, from the end": ({"cfg": {"block_layer": -2, "module_name": "resid"}}, -2, "out"),
    "PatchSAE, from the start": ({"config": {"block_layer": 0, "module_name": "resid"}}, 0, "out"),
    "Prisma": ({"hook_point_layer": 1, "layer_subtype": "hook_resid_post"}, 1, "out"),
    "Prisma, by name": ({"hook_point": "blocks.2.hook_resid_post"}, 2, "out"),
    "SAELens": ({"metadata": {"hook_name": "blocks.2.hook_resid_pre"}}, 2, "in"),
}


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clip")
    write_tower("CLIPVisionModel", folder)
    return folder


@pytest.mark.parametrize("name", list(PUBLISHED))
def test_a_published_hook_is_the_layer_that_is_read(clip: Path, name: str) -> None:
    config, place, side = PUBLISHED[name]
    own, caught = CLIPVisionModel.from_pretrained(clip).eval(), []
    layer = own.encoder.layers[place]
    if side == "in":
        layer.register_forward_pre_hook(lambda _m, args, kw: caught.append(args[0]), with_kwargs=True)
    else:
        layer.register_forward_hook(
            lambda _m, _a, out: caught.append(out[0] if isinstance(out, tuple) else out)
        )
    vlm = load_vlm(ModelSpec(str(clip), device="cpu"))
    batch = vlm.prepare([(Sample("a", (), ()), [Image.linear_gradient("L").convert("RGB")])])
    with torch.no_grad():
        states = own(**batch.inputs, output_hidden_states=True).hidden_states
    found = trained_on(hook_of(config, ""), LAYERS)
    torch.testing.assert_close(vlm.hidden(batch, found.layer), caught[0], rtol=0, atol=1e-5)
    torch.testing.assert_close(states[found.layer + 1], caught[0], rtol=0, atol=0)


@pytest.mark.parametrize(
    ("config", "folder", "layer", "sentence"),
    [
        ({}, "", 1, ""),
        ({"activation": "topk"}, "model.layers.24", 24, ""),
        ({}, "layers.1", 2, "after layer 1, counted from 0. It is run after layer 2"),
        ({"hook_point": "blocks.1.hook_mlp_out"}, "", 1, "blocks.1.hook_mlp_out, which is not the residual"),
        ({"hook_point": "blocks.0.hook_resid_pre"}, "", 0, "not the residual stream after a layer"),
        ({"hook_point_layer": 1, "layer_subtype": "hook_mlp_out"}, "", 1, "not the residual"),
        ({"cfg": {"block_layer": -2, "module_name": "resid"}}, "", 9, "after layer 10, counted from 0"),
        ({"cfg": {"block_layer": -2, "module_name": "resid"}}, "", 10, ""),
        ({}, "layer_20/width_16k/average_l0_71", 20, ""),
        ({}, "somewhere", 3, ""),
    ],
)
def test_an_sae_of_another_place_is_told(config: Any, folder: str, layer: int, sentence: str) -> None:
    found = mismatch(hook_of(config, folder), layer, 12)
    assert (sentence in found) if sentence else found == ""


def test_a_loaded_sae_remembers_what_its_files_say(tmp_path: Path) -> None:
    parts = {
        "W_enc": torch.eye(4, 6),
        "W_dec": torch.eye(6, 4),
        "b_enc": torch.zeros(6),
        "b_dec": torch.zeros(4),
    }
    torch.save(parts, tmp_path / "weights.pt")
    config = {"d_in": 4, "hook_point_layer": 9, "layer_subtype": "hook_mlp_out"}
    (tmp_path / "config.json").write_text(json.dumps(config))
    said = load_sae(tmp_path).provenance["trained_on"]
    assert said == {"block": 9, "part": "hook_mlp_out"}
    assert "hook_mlp_out" in mismatch(said, 9, 12)
