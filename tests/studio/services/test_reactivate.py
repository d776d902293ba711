"""Erase-to-verify on a random LLaVA-NeXT, against the pixels and words written out by hand."""

from __future__ import annotations

import io
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from studio.domain.context import Quiet
from studio.domain.errors import DataError
from studio.domain.evidence import StoredSample
from studio.domain.sample import Turn
from studio.domain.specs import CausalSpec, SaeSpec
from studio.services.reactivate import Edits, Reactivator, _warm, reactivate, strike

LATENTS, K = 48, 8
TURNS = (Turn("user", "what is at the top right ?"), Turn("assistant", "a dog"))
TOKENS = ("what", " is", " at", " the", " top", " right", " ?", "a", " dog")


def sample(turns: tuple[Turn, ...] = TURNS, name: str = "one") -> StoredSample:
    roles = ("user",) * 7 + ("assistant",) * 2
    empty = np.zeros((0, 4), np.float32), np.zeros(0, np.uint8)
    return StoredSample(name, turns, TOKENS, roles, 1, 64, 64, *empty)


def jpeg(pixels: np.ndarray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")  # any picture will do; PNG keeps pixels as they are
    return out.getvalue()


PIXELS = np.random.default_rng(2).integers(0, 255, (64, 64, 3), np.uint8)


@pytest.fixture(scope="module")
def spec(world: Any, tmp_path_factory: pytest.TempPathFactory) -> CausalSpec:
    import torch

    from models.sae import Sae, SaeConfig, save_sae

    folder: Path = tmp_path_factory.mktemp("sae")
    rows = torch.randn(LATENTS, 160, generator=torch.Generator().manual_seed(1)) / 160**0.5
    config = SaeConfig(160, LATENTS, K, hookpoint="layers.1")
    save_sae(Sae(config, rows, torch.zeros(LATENTS), rows.clone(), torch.zeros(160)), folder / "layers.1")
    return CausalSpec(world.model, world.layer, SaeSpec(str(folder), "layers.1"))


@pytest.fixture(scope="module")
def networks(spec: CausalSpec) -> Reactivator:
    return Reactivator(spec, Quiet())


def test_erased_pixels_and_struck_words_are_gone(networks: Reactivator) -> None:
    black = PIXELS.copy()
    black[10:30, 5:20] = 0
    fewer = (Turn("user", "what at the right ?"), TURNS[1])
    moved = 0
    for neuron in range(0, LATENTS, 5):
        edits = Edits(((5.0, 10.0, 20.0, 30.0),), "black", frozenset({1, 4}))
        found = networks.reactivate(sample(), [jpeg(PIXELS)], neuron, edits)
        plain = networks.reactivate(sample(), [jpeg(PIXELS)], neuron, Edits())
        by_hand = networks.reactivate(sample(fewer, "hand"), [jpeg(black)], neuron, Edits())
        np.testing.assert_array_equal(found.image, by_hand.image)
        np.testing.assert_array_equal(found.text, by_hand.text)
        assert found.after == by_hand.before
        assert found.before == plain.before == plain.after
        assert "".join(found.tokens) == "what at the right ?a dog"
        moved += found.after != found.before
    assert moved


def test_an_edit_is_one_forward_pass(networks: Reactivator, monkeypatch: pytest.MonkeyPatch) -> None:
    networks.reactivate(sample(), [jpeg(PIXELS)], 3, Edits())
    calls = []
    run = networks._run
    monkeypatch.setattr(networks, "_run", lambda *a: calls.append(a) or run(*a))
    started = time.process_time()
    networks.reactivate(sample(), [jpeg(PIXELS)], 3, Edits(((0.0, 0.0, 9.0, 9.0),)))
    assert len(calls) == 1
    assert time.process_time() - started < 5


def test_the_job_keeps_the_networks_until_the_sae_is_another(
    spec: CausalSpec, networks: Reactivator, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    monkeypatch.setattr("studio.services.reactivate.Reactivator", lambda *_: made.append(1) or networks)
    asked = spec, sample(), [jpeg(PIXELS)], 3, Edits(), Quiet()
    assert reactivate(*asked).before == reactivate(*asked).after
    assert len(made) == 1
    weights = next(Path(spec.sae.source).rglob("*.safetensors"))
    os.utime(weights, ns=(1, 1))
    reactivate(*asked)
    assert len(made) == 2
    _warm.cache_clear()


def test_striking_leaves_other_turns_letter_for_letter() -> None:
    spaced = (Turn("user", "what  is at the top right ? "), TURNS[1])
    assert strike(sample(spaced), {8}) == (spaced[0], Turn("assistant", "a"))
    assert strike(sample(), set()) == TURNS
    assert strike(sample(), set(range(9))) == (Turn("user", ""), Turn("assistant", ""))
    with pytest.raises(DataError, match="9 text tokens"):
        strike(sample(), {9})


def test_a_neuron_that_is_not_there_is_refused(networks: Reactivator) -> None:
    with pytest.raises(DataError, match="no neuron 48"):
        networks.reactivate(sample(), [jpeg(PIXELS)], LATENTS, Edits())
