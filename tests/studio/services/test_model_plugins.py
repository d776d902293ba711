"""SAE formats and model families of others: used like the built-in ones, named when they fail."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pluggy
import pytest
import torch
from safetensors.torch import save_file

from models.sae import load_sae
from models.sae.formats.header_only import describe
from models.sae.formats.registry import built_in
from models.vlm import load_vlm
from models.vlm.adapters import built_in_adapters
from models.vlm.adapters.llava_next import LlavaNext
from studio import api
from studio.domain.errors import ModelError, SaeFormatError
from studio.services.model_plugins import sae_formats, vlm_adapters
from studio.services.plugin_host import PluginHost, load_plugins

SPARSIFY = Path(__file__).parents[2] / "fixtures" / "saes" / "sparsify-topk"
SHAPES = {"up": (24, 8), "down": (24, 8), "up_bias": (24,), "middle": (8,)}


class Ours:
    """A layout with names of its own."""

    name = "ours"

    def recognises(self, shapes, config, container):
        return set(shapes) == set(SHAPES)

    def read(self, weights, config):
        from models.sae.choices import TopK
        from models.sae.formats.assemble import Tensors, assemble
        from models.sae.inputs import Inputs

        t = Tensors(weights, SHAPES, "middle", "up_bias")
        parts = t.rows("up", "nd"), t.vector("up_bias", t.n), t.rows("down", "nd"), t.vector("middle", t.d)
        return assemble(parts, TopK(config["k"]), Inputs(subtract_bias=True), "topk")


class Careless(Ours):
    def recognises(self, shapes, config, container):
        raise KeyError("cfg")


class Broken(Ours):
    def read(self, weights, config):
        raise ZeroDivisionError("scale")


def host_with(**hooks) -> PluginHost:
    host = load_plugins(external=[])
    mark = pluggy.HookimplMarker("concept_studio")
    functions = {f"concept_studio_{name}": mark(function) for name, function in hooks.items()}
    host.manager.register(SimpleNamespace(**functions), "foreign")
    return host


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    generator = torch.Generator().manual_seed(0)
    tensors = {name: torch.randn(shape, generator=generator) for name, shape in SHAPES.items()}
    save_file(tensors, tmp_path / "weights.safetensors")
    (tmp_path / "cfg.json").write_text(json.dumps({"k": 4}))
    return tmp_path


def test_every_built_in_comes_through_the_hooks() -> None:
    host = load_plugins(external=[])
    assert [one.name for one in sae_formats(host)] == [one.name for one in built_in()]
    assert vlm_adapters(host).keys() == built_in_adapters().keys()
    without = load_plugins([], [])
    assert sae_formats(without) == ()
    assert vlm_adapters(without) == {}


def test_a_foreign_format_encodes_by_its_own_rule(folder: Path) -> None:
    with pytest.raises(SaeFormatError, match="no weights in a format"):
        load_sae(folder)
    sae = load_sae(folder, formats=sae_formats(host_with(sae_formats=lambda: [Ours()])))
    assert (sae.config.format, sae.num_latents, sae.d_in) == ("ours", 24, 8)
    from safetensors.torch import load_file

    t = load_file(folder / "weights.safetensors")
    x = torch.randn(16, 8, generator=torch.Generator().manual_seed(1))
    before = torch.relu((x - t["middle"]) @ t["up"].T + t["up_bias"])
    expected = before.topk(4).values
    assert torch.allclose(sae.encode(x).values.sort(1).values, expected.sort(1).values, atol=1e-5)


def test_a_foreign_format_is_written_where_it_writes(tmp_path: Path, monkeypatch) -> None:
    class Writes(Ours):
        def write(self, sae, folder):
            parts = dict(zip(("up", "up_bias", "down", "middle"), sae.weights, strict=True))
            save_file({name: part.contiguous() for name, part in parts.items()}, folder / "mine.safetensors")
            (folder / "cfg.json").write_text(json.dumps({"k": sae.k}))

    sae = load_sae(SPARSIFY)
    monkeypatch.setitem(SHAPES, "up", tuple(sae.encoder.shape))
    host = host_with(sae_formats=lambda: [Writes()])
    monkeypatch.setattr("studio.services.model_plugins.load_plugins", lambda: host)
    assert api.save_sae(sae, tmp_path, "ours") == ("mine.safetensors", "cfg.json")
    again, x = api.load_sae(tmp_path), torch.randn(9, sae.d_in, generator=torch.Generator().manual_seed(2))
    assert torch.equal(again.decode(again.encode(x)), sae.decode(sae.encode(x)))
    assert again.config.format == "ours"


def test_the_doctor_tries_the_rules_of_a_foreign_format(folder: Path, world, monkeypatch) -> None:
    """The service loads SAEs through the plug-ins; the file's own rule is the first of those tried."""
    from safetensors.torch import save_file as save

    from studio.domain.context import Quiet
    from studio.domain.specs import ExtractSpec, SaeSpec
    from studio.services.doctor import doctor

    draw, shapes = torch.Generator().manual_seed(0), {"up": (24, 160), "down": (24, 160), "middle": (160,)}
    tensors = {name: torch.randn(shape, generator=draw) for name, shape in shapes.items()}
    save({**tensors, "up_bias": torch.zeros(24)}, folder / "weights.safetensors")
    host = host_with(sae_formats=lambda: [Ours()])
    monkeypatch.setattr("studio.services.model_plugins.load_plugins", lambda: host)
    found = doctor(ExtractSpec(world.model, world.data, world.layer, SaeSpec(str(folder))), 0, Quiet())
    assert [trial.rule for trial in found.trials if trial.own] == ["x - b_dec; top 4, then ReLU"]
    assert len(found.trials) == 16
    assert not found.fits


def test_its_head_is_described_before_a_download(folder: Path) -> None:
    formats = sae_formats(host_with(sae_formats=lambda: [Ours()]))
    found = describe("weights.safetensors", SHAPES, {"k": 4}, formats)
    assert (found["format"], found["k"], found.get("problem")) == ("ours", 4, None)


def test_one_that_raises_while_it_looks_recognises_nothing() -> None:
    host = host_with(sae_formats=lambda: [Careless()])
    assert load_sae(SPARSIFY, formats=sae_formats(host)).config.format == "sparsify"
    (report,) = host.failed
    assert report.error == "The plug-in “foreign” was left out: KeyError: 'cfg'."


def test_one_that_cannot_read_is_named(folder: Path) -> None:
    formats = sae_formats(host_with(sae_formats=lambda: [Broken()]))
    with pytest.raises(
        SaeFormatError, match=r"“foreign” could not handle this SAE \(read\): ZeroDivisionError"
    ):
        load_sae(folder, formats=formats)


class OurLlava(LlavaNext):
    name = "Our LLaVA"


class BrokenLlava(OurLlava):
    def layers(self, model):
        return model.no_such_part


def test_a_foreign_family_takes_the_place_of_a_built_in_one(world) -> None:
    host = host_with(vlm_adapters=lambda: [OurLlava()])
    vlm = load_vlm(world.model, vlm_adapters(host))
    assert vlm.adapter_name == "Our LLaVA"
    assert vlm.layer_count > 0


def test_a_family_that_fails_is_named(world) -> None:
    adapters = vlm_adapters(host_with(vlm_adapters=lambda: [BrokenLlava()]))
    with pytest.raises(ModelError, match=r"“foreign” could not fit this model \(layers\): AttributeError"):
        load_vlm(world.model, adapters).layer_count  # noqa: B018


def test_a_family_that_lacks_something_is_left_out() -> None:
    host = host_with(vlm_adapters=lambda: [SimpleNamespace(name="half", model_type="half")])
    assert "half" not in vlm_adapters(host)
    (report,) = host.failed
    assert "which lacks something of VlmAdapter" in report.error


def test_what_the_script_door_offers_fits() -> None:
    assert all(isinstance(one, api.SaeFormat) for one in built_in())
    assert all(isinstance(one, api.VlmAdapter) for one in built_in_adapters().values())
