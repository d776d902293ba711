"""The moving bright patch, on a tiny LLaVA-NeXT of the real class, and the command that runs it."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pluggy
import pytest

from models.vlm import Vlm
from models.vlm.adapters.llava_next import LlavaNext
from models.vlm.check import main
from models.vlm.probe import probe
from models.vlm.tokens import ImageLayout
from studio.domain.errors import DataError
from studio.services.plugin_host import load_plugins


@pytest.mark.parametrize(
    "size", [(300, 300), (500, 220), (220, 500), (40, 31), (900, 100), (77, 800), (1400, 1100)]
)
def test_the_strongest_token_moves_with_the_patch(llava: Vlm, size: tuple[int, int]) -> None:
    spots = list(probe(llava, [size], spots=16))
    assert {spot.view for spot in spots} == {0, 1}
    assert len({spot.strongest for spot in spots}) == len({(s.view, s.patch) for s in spots})
    assert [spot for spot in spots if not spot.hit] == []


def test_the_patch_is_found_deeper_in_the_decoder(llava: Vlm) -> None:
    spots = list(probe(llava, [(500, 220)], layer=2))
    assert all(spot.hit for spot in spots)


class _Wrong(LlavaNext):
    """Boxes that are right but for one thing."""

    def __init__(self, change: str) -> None:
        self.change = change

    def layout(self, model: Any, processor: Any, height: int, width: int) -> ImageLayout:
        right = super().layout(model, processor, height, width)
        boxes = right.boxes.copy()
        tiles = np.flatnonzero(right.has_pixels & (right.views == 1))
        if self.change == "mirrored":
            boxes[:, [0, 2]] = width - boxes[:, [2, 0]]
        elif self.change == "one token late":
            boxes[tiles] = boxes[np.roll(tiles, 1)]
        elif self.change == "padding forgotten":
            boxes[tiles, 1::2] = height * 0.25 + boxes[tiles, 1::2] * 0.5
        return dataclasses.replace(right, boxes=boxes)


@pytest.mark.parametrize("change", ["mirrored", "one token late", "padding forgotten"])
def test_wrong_boxes_are_caught(llava: Vlm, change: str) -> None:
    wrong = dataclasses.replace(llava, adapter=_Wrong(change))
    spots = list(probe(wrong, [(500, 220)]))
    assert sum(spot.hit for spot in spots) < 0.8 * len(spots)


def test_the_command_says_pass(llava_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(llava_folder), "--device", "cpu"]) == 0
    said = capsys.readouterr().out
    assert said.endswith("PASS\n")
    assert "pass  640 x 360, tiles: 9 of 9 patches found" in said
    assert "pass  640 x 360, tiles, second picture: 9 of 9 patches found" in said


class _Ours(LlavaNext):
    def layout(self, model: Any, processor: Any, height: int, width: int) -> ImageLayout:
        raise DataError("Our plug-in has the say.")


def test_the_command_knows_the_families_of_plug_ins(
    llava_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    host = load_plugins(external=[])
    offered = pluggy.HookimplMarker("concept_studio")(lambda: [_Ours()])
    host.manager.register(SimpleNamespace(concept_studio_vlm_adapters=offered), "foreign")
    monkeypatch.setattr("studio.services.model_plugins.load_plugins", lambda: host)
    assert main([str(llava_folder), "--device", "cpu"]) == 2
    assert capsys.readouterr().err == "Our plug-in has the say.\n"


def test_the_command_says_a_sentence_for_no_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 2
    assert capsys.readouterr().err == f"The folder {tmp_path} holds no model: it has no config.json.\n"
