"""The recipe's parts: resumable courses, the shortened decoder, the pool, and the judged text windows."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from transformers import LlamaConfig, LlamaModel

from models.demo import pool as pools
from models.demo.cards import Facts, card
from models.demo.course import Course
from models.demo.decoding import decode
from models.demo.evaluate import KINDS, REQUIRED, shares
from models.demo.packing import attention_mask
from models.demo.phrases import Phrasebook
from models.demo.questions import Question
from models.demo.sprites import SpriteBook


@pytest.fixture(scope="module")
def phrases() -> Phrasebook:
    return Phrasebook(SpriteBook())


def small_net() -> nn.Module:
    torch.manual_seed(0)
    body = nn.ModuleDict({"layers": nn.ModuleList([nn.Linear(6, 6), nn.Linear(6, 6)])})
    return nn.ModuleDict({"body": body, "head": nn.Linear(6, 2)})


def course(folder: Path, name: str) -> tuple[nn.Module, Course]:
    net = small_net()
    return net, Course(net, 40, seed=1, path=folder / name)


def losses(net: nn.Module):
    def values(rng: np.random.Generator) -> dict:
        x = torch.from_numpy(rng.normal(size=(16, 6)).astype(np.float32))
        first, second = net["body"]["layers"]
        hidden = second(torch.tanh(first(x)))
        return {"fit": (net["head"](hidden) - x[:, :2] * x[:, 2:4]).square().mean()}

    return values


def test_resumed_course_equals_an_unbroken_one(tmp_path: Path) -> None:
    straight, whole = course(tmp_path, "whole.pt")
    whole.run(losses(straight), lambda step: None, 10)
    broken, first = course(tmp_path, "broken.pt")

    def stop(step: int) -> None:
        first.save()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        first.run(losses(broken), stop, 15)
    resumed, second = course(tmp_path, "broken.pt")
    second.run(losses(resumed), lambda step: None, 10)
    assert second.step == 40
    for mine, theirs in zip(straight.parameters(), resumed.parameters()):
        assert torch.equal(mine, theirs)


def test_course_learns_and_its_rate_rises_and_falls(tmp_path: Path) -> None:
    net, one = course(tmp_path, "rate.pt")
    rates = []
    before = losses(net)(np.random.default_rng(0))["fit"].item()
    one.run(losses(net), lambda step: rates.append(one.rate()), 1)
    assert losses(net)(np.random.default_rng(0))["fit"].item() < before
    assert max(rates) <= 1
    assert rates[0] < max(rates)
    assert rates[-1] < max(rates)


@pytest.mark.parametrize("prefix", [1, 7, 12])
def test_shortened_decoder_equals_llama(prefix: int) -> None:
    torch.manual_seed(prefix)
    config = LlamaConfig(
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=3,
        num_attention_heads=4,
        num_key_value_heads=4,
        vocab_size=9,
    )
    model = LlamaModel(config).eval()
    embeds, segment = (
        torch.randn(2, 16, 32),
        np.sort(np.random.default_rng(0).integers(0, 3, (2, 16 - prefix))),
    )
    seen = torch.from_numpy(attention_mask(segment, prefix))
    mask = torch.zeros(seen.shape).masked_fill(~seen, torch.finfo(torch.float32).min)
    positions = torch.arange(16).expand(2, -1)
    whole = model(inputs_embeds=embeds, attention_mask=mask, position_ids=positions, use_cache=False)
    short = decode(model, embeds, mask, positions, prefix)
    assert torch.allclose(whole.last_hidden_state[:, prefix:], short, atol=1e-5)


def test_attention_mask_token_by_token() -> None:
    segment = np.array([[0, 0, 1, 1, -1]])
    mask = attention_mask(segment, 3)[0, 0]
    for here, there in np.ndindex(8, 8):
        same = there < 3 or here < 3 or segment[0, here - 3] == segment[0, there - 3]
        assert mask[here, there] == (there <= here and same)


def test_pool_is_the_same_in_pieces(tmp_path: Path) -> None:
    whole = pools.draw_chunk("validation", 4, 0, 24)
    parts = pools.joined(
        [pools.draw_chunk("validation", 4, 0, 10), pools.draw_chunk("validation", 4, 10, 14)]
    )
    whole.save(tmp_path / "pool.npz")
    stored = pools.load(tmp_path / "pool.npz")
    for field in fields(pools.Pool):
        assert np.array_equal(getattr(whole, field.name), getattr(parts, field.name))
        assert np.array_equal(getattr(whole, field.name), getattr(stored, field.name))
    scenes = whole.view_scene()
    assert np.array_equal(np.searchsorted(scenes, np.arange(24)), whole.first)


def test_window_speaks_of_what_it_contains(phrases: Phrasebook) -> None:
    words = ["where", "is", "the", "dog", "?", "top", "left"]
    window = phrases.judged(words, "dog", "where")
    truth = dict(zip((c.concept for c in phrases.bank), window.truth))
    target = dict(zip((c.concept for c in phrases.bank), window.target))
    assert window.text == "where is the dog ? top left"
    assert truth["dog"] == truth["top left"] == truth["question about position"] == 1
    assert truth["frog"] == truth["bottom right"] == truth["counting"] == 0
    assert truth["left"] == truth["top"] == truth["the"] == -1
    assert max(target, key=target.get) == "dog"
    assert sum(target.values()) == pytest.approx(1)


def test_wordings_name_their_concept(phrases: Phrasebook) -> None:
    rng = np.random.default_rng(0)
    for _ in range(5):
        for concept, text in zip(phrases.bank, phrases.worded(rng)):
            assert concept.concept in text


def test_shares_count_whole_answers() -> None:
    questions = [(None, Question(kind, "", "top left")) for kind in KINDS for _ in range(2)]
    said = ["top left", "top"] * len(KINDS)
    assert shares(questions, said) == dict.fromkeys(KINDS, (0.5, 2))
    assert {kind for kinds, _ in REQUIRED.values() for kind in kinds} == set(KINDS)


def test_card_states_its_figures() -> None:
    facts = Facts(1844384, 2000, 7, 24000, 2026, [("count", 0.987, 400)])
    for llava in (True, False):
        assert "| count | 98.7% | 400 |" in card(facts, llava)
    assert "1,844,384" in card(facts, llava=True)
