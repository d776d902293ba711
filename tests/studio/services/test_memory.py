"""The memory plan: its arithmetic, what it says of real files, and a run that is short of memory."""

# ruff: noqa: F811 - fixtures of the tests of extraction

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file

from models.memory import _left_in_container
from models.sae import Sae
from studio.cli.main import cli
from studio.domain import specs
from studio.domain.errors import LayerError, ModelError, SaeFormatError
from studio.domain.memory import BUFFERS, BYTES, QUANTIZED, Form, Machine, Needs, make_plan, other_plans
from studio.domain.specs import ExtractSpec, SaeSpec, TrainSpec
from studio.services.extract import extract
from studio.services.memory import fitted, plan_memory
from studio.services.train import train
from tests.studio.services.test_extract import assert_same, sae_folder, spec, whole  # noqa: F401

GB = 1_000_000_000
LLAVA = Needs(8 * GB, 40_000_000, 4 * GB)


def test_weights_sae_buffers_and_a_batch() -> None:
    assert LLAVA.bytes("float32", 8) == 32 * GB + 4 * GB + BUFFERS + 8 * 160_000_000
    plan = make_plan(LLAVA, Machine(80 * GB, {"cuda:0": 30 * GB}), Form("cuda", "bfloat16"), 8)
    assert (plan.batch_size, plan.total) == (8, 16 * GB + 4 * GB + BUFFERS + 640_000_000)
    assert plan.line() == (
        "Memory on cuda as bfloat16: 21.6 GB needed (weights 16.0 GB, SAE 4.0 GB, 8 samples at once 0.6 GB), "
        "30.0 GB free."
    )


@given(
    st.integers(0, 60), st.integers(0, 60), st.integers(1, 64), st.sampled_from(sorted(BYTES)),
    st.sampled_from(["cpu", "cuda:0"]),
)  # fmt: skip
def test_the_batch_is_the_largest_half_that_fits(
    main: int, gpu: int, size: int, dtype: str, device: str
) -> None:
    machine = Machine(main * GB, {"cuda:0": gpu * GB})
    plan = make_plan(LLAVA, machine, Form(device, dtype), size)
    halves = [size >> n for n in range(7) if size >> n]
    room = 0.95 * (gpu if device == "cuda:0" else main) * GB
    passes = LLAVA.weights(dtype) <= 0.95 * main * GB
    fit = [n for n in halves if LLAVA.bytes(dtype, n) <= room and passes]
    assert plan.batch_size == max(fit, default=0)
    assert plan.fits == bool(fit)


def test_another_way_that_fits() -> None:
    asked = Form("cpu", "float32"), 8
    both = other_plans(LLAVA, Machine(30 * GB, {"cuda:0": 24 * GB}), *asked)
    assert [(p.form, p.batch_size) for p in both] == [
        (Form("cuda:0", "bfloat16"), 8), (Form("cpu", "bfloat16"), 8)
    ]  # fmt: skip
    assert list(other_plans(LLAVA, Machine(15 * GB, {"cuda:0": 80 * GB}), *asked)) == []


def test_fewer_bits_and_all_devices_are_proposed_where_they_can_be() -> None:
    """8 of 9 billion parameters are linear: 8 bits take 8 + 2 GB, 4 bits 4.5 + 2; with 5 GB beside them."""
    needs, asked = replace(LLAVA, parameters=9 * GB, linear=8 * GB), (Form("cuda:0", "bfloat16"), 1)
    assert needs.weights("bfloat16", "8bit") == 10 * GB
    assert needs.weights("bfloat16", "4bit") == 6.5 * GB
    small = Machine(12 * GB, {"cuda:0": 14 * GB}, quantizes=True, spreads=True)
    found = [p.form for p in other_plans(needs, small, *asked)]
    assert found == [Form("auto", "bfloat16", device_map="auto"), Form("cuda:0", "bfloat16", "4bit")]
    assert [form.options for form in found] == [
        "--device auto --dtype bfloat16 --device-map auto", "--device cuda:0 --dtype bfloat16 --quantize 4bit"
    ]  # fmt: skip
    assert str(found[1]) == "cuda:0 as bfloat16 in 4 bits"
    large = Machine(64 * GB, {"cuda:0": 17 * GB}, quantizes=True)
    assert [str(p.form) for p in other_plans(needs, large, *asked)] == [
        "cpu as bfloat16", "cpu as float32", "cuda:0 as bfloat16 in 8 bits", "cuda:0 as bfloat16 in 4 bits",
        "cpu as float32 in 8 bits", "cpu as float32 in 4 bits",
    ]  # fmt: skip
    assert set(QUANTIZED) == set(specs.QUANTIZED)


def test_a_container_s_limit(tmp_path: Path) -> None:
    assert _left_in_container(tmp_path) == float("inf")
    (tmp_path / "memory.current").write_text("3000\n")
    (tmp_path / "memory.max").write_text("max\n")
    assert _left_in_container(tmp_path) == float("inf")
    (tmp_path / "memory.max").write_text("10000\n")
    assert _left_in_container(tmp_path) == 7000


def test_weights_are_counted_without_loading(spec: ExtractSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    """Against the weights themselves, and the SAE's own arrays."""
    folder = Path(spec.model.model)
    weights = {name: t for f in folder.glob("*.safetensors") for name, t in load_file(f).items()}
    above = re.compile(rf"language_model.*\.layers\.([{spec.layer + 1}-9])\.")
    stored = sum(t.numel() for name, t in weights.items() if not above.search(name))
    assert stored < sum(t.numel() for t in weights.values())
    sae = sum(t.numel() for f in Path(spec.sae.source).rglob("*.safetensors") for t in load_file(f).values())
    monkeypatch.setattr("models.vlm.loading.weights_of", None)
    plan, other = plan_memory(spec)
    assert (plan.needs.parameters, other, plan.batch_size) == (stored, None, spec.batch_size)
    assert plan.needs.sae in (4 * sae, round(5 * sae))


def test_training_keeps_gradients_and_means(spec: ExtractSpec) -> None:
    plan, _ = plan_memory(TrainSpec(spec.model, spec.data, spec.layer, num_latents=1000))
    assert plan.needs.sae == 16 * 1000 * (2 * 160 + 1)
    with pytest.raises(LayerError):
        plan_memory(replace(spec, layer=99))
    with pytest.raises(SaeFormatError):
        plan_memory(replace(spec, sae=SaeSpec(spec.sae.source, "layers.7")))


def _with(monkeypatch: pytest.MonkeyPatch, main: int) -> None:
    monkeypatch.setattr("models.memory.machine", lambda: Machine(main, {}))


def test_a_run_that_cannot_fit_is_refused(
    spec: ExtractSpec,
    tmp_path: Path,
    make_watch: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _with(monkeypatch, 100_000)
    for run in (
        lambda: extract(spec, tmp_path / "e.bundle", make_watch()),
        lambda: train(TrainSpec(spec.model, spec.data, spec.layer), tmp_path, make_watch()),
    ):
        with pytest.raises(ModelError, match=r"too little\. Nothing smaller fits .* --force"):
            run()
    assert list(tmp_path.iterdir()) == []
    watch = make_watch()
    assert fitted(replace(spec, force=True), watch) == replace(spec, force=True)
    assert watch.logged[-1] == "It is started all the same, as asked for."


def test_a_smaller_batch_is_taken(
    spec: ExtractSpec,
    make_watch: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    needs = plan_memory(spec)[0].needs
    _with(monkeypatch, round((needs.bytes("float32", 2) + 1000) / 0.95))
    watch = make_watch()
    found = fitted(replace(spec, batch_size=16), watch)
    assert found == replace(spec, batch_size=2)
    assert ", 2 samples at once" in watch.logged[-1]


@pytest.mark.parametrize("error", [torch.OutOfMemoryError("CUDA out of memory."), MemoryError()])
def test_running_short_changes_nothing(
    spec: ExtractSpec, whole: Path, tmp_path: Path, make_watch: Any, error: Exception,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """The model takes two samples at once, the SAE 300 vectors: the evidence is that of the whole batch."""
    from models.vlm import Vlm

    short = {"model": 0, "sae": 0}
    hidden, encode = Vlm.hidden, Sae.encode

    def few_samples(self: Vlm, batch: Any, layer: int) -> Any:
        if len(batch) > 2:
            short["model"] += 1
            raise error
        return hidden(self, batch, layer)

    def few_vectors(self: Sae, x: Any) -> Any:
        if len(x) > 300:
            short["sae"] += 1
            raise error
        return encode(self, x)

    monkeypatch.setattr(Vlm, "hidden", few_samples)
    monkeypatch.setattr(Sae, "encode", few_vectors)
    extract(replace(spec, batch_size=8), tmp_path / "e.bundle", make_watch())
    assert min(short.values()) > 0
    assert_same(tmp_path / "e.bundle", whole)


def test_the_command(spec: ExtractSpec) -> None:
    arguments = ["memory", "--model", spec.model.model, "--layer", "1", "--device", "cpu"]
    said = CliRunner().invoke(cli, [*arguments, "--sae", spec.sae.source, "--hookpoint", "layers.1"])
    assert said.exit_code == 0
    assert said.output.startswith("Memory on cpu as float32: ")
    found = json.loads(CliRunner().invoke(cli, [*arguments, "--latents", "1000", "--json"]).output)
    assert found["asked"]["fits"] is True
    assert found["asked"]["needs"]["sae"] == 16 * 1000 * (2 * 160 + 1)
