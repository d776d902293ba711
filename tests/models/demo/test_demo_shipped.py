"""The shipped weights: small, loadable by the ordinary doors, and as good as their cards say."""

from __future__ import annotations

import json
import re

import pytest
import torch
from transformers import (
    AutoModel,
    AutoModelForImageTextToText,
    AutoProcessor,
    CLIPModel,
    LlavaNextForConditionalGeneration,
    LlavaNextProcessor,
)

from models.demo import evaluate
from models.demo.sprites import RESOURCES, SpriteBook
from models.demo.vocabulary import concept_bank

LLAVA, CLIP = RESOURCES / evaluate.LLAVA, RESOURCES / evaluate.CLIP


def test_small_enough_to_ship() -> None:
    files = [path for folder in (LLAVA, CLIP) for path in folder.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= 15 * 2**20


def test_ordinary_classes() -> None:
    assert isinstance(AutoModelForImageTextToText.from_pretrained(LLAVA), LlavaNextForConditionalGeneration)
    assert isinstance(AutoProcessor.from_pretrained(LLAVA), LlavaNextProcessor)
    assert isinstance(AutoModel.from_pretrained(CLIP), CLIPModel)


def test_vision_towers_are_one() -> None:
    clip = AutoModel.from_pretrained(CLIP).vision_model.state_dict()
    llava = AutoModelForImageTextToText.from_pretrained(LLAVA).model.vision_tower.state_dict()
    assert clip.keys() == llava.keys()
    assert all(torch.equal(clip[name], llava[name]) for name in clip)


def test_answers_unseen_scenes() -> None:
    asked = evaluate.test_questions(16)
    said = evaluate.answers(LLAVA, asked)
    right = sum(answer == question.answer for (_, question), answer in zip(asked, said))
    assert right / len(asked) >= 0.93


def test_names_single_sprites() -> None:
    assert evaluate.naming(CLIP, 60) >= evaluate.NAMING


@pytest.mark.parametrize("folder", [LLAVA, CLIP])
def test_card_reaches_the_required_figures(folder) -> None:
    rows = re.findall(
        r"^\| (\S.*?) \| ([\d.]+)% \| (\d+) \|$", (folder / "README.md").read_text(), re.MULTILINE
    )
    needed = {kind: share for kinds, share in evaluate.REQUIRED.values() for kind in kinds}
    needed["CLIP zero-shot"] = evaluate.NAMING
    assert rows
    for kind, share, count in rows:
        assert float(share) / 100 >= needed[kind]
        assert int(count) >= 300


def test_shipped_bank_is_the_vocabularys() -> None:
    lines = [json.loads(line) for line in (RESOURCES / "concepts.jsonl").read_text().splitlines()]
    assert lines == [{"concept": c.concept, "category": c.category} for c in concept_bank(SpriteBook())]
