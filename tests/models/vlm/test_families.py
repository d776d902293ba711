"""Every family of METHOD 8: token counts, boxes by the moving bright patch, mixed batches, text tokens."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from transformers.utils import is_torchvision_available

from models.vlm import Vlm
from models.vlm.probe import probe
from studio.domain.hookpoint import TrainedOn, hook_of, trained_on
from studio.domain.sample import Sample, Turn

NAMES = [
    "LLaVA-1.5",
    "LLaVA-1.5 padded",
    "LLaVA-NeXT Llama",
    "LLaVA-NeXT Vicuna",
    "LLaVA-NeXT Mistral",
    "LLaVA-NeXT Qwen",
    "Qwen2-VL",
    "Qwen2.5-VL",
    "Qwen3-VL",
    "Idefics3",
    "SmolVLM",
    "LLaVA-OneVision",
    "PaliGemma",
    "Gemma 3",
    "Gemma 3 crops",
    "InternVL",
]
#: Width and height: square, wide, tall, tiny, huge.
SIZES = [(150, 150), (330, 140), (130, 320), (21, 17), (1700, 1300)]
ASKED = Turn("user", "How many cats are there?")
SAID = Turn("assistant", "There is a red apple on the table, and a dog at the left.")


def _picture(seed: int, width: int, height: int) -> Image.Image:
    noise = np.random.default_rng(seed).integers(0, 255, (height // 10 + 1, width // 10 + 1, 3), np.uint8)
    return Image.fromarray(noise).resize((width, height))


def _samples(vlm: Vlm) -> list[tuple[Sample, list[Image.Image]]]:
    found: list[tuple[Sample, list[Image.Image]]] = [
        (Sample("square", (), (ASKED, Turn("assistant", "Two."))), [_picture(0, 120, 120)]),
        (Sample("wide", (), (ASKED, SAID)), [_picture(1, 333, 90)]),
        (Sample("none", (), (ASKED, SAID)), []),
        (Sample("two", (), (ASKED,)), [_picture(4, 100, 50), _picture(5, 64, 64)]),
        (Sample("tiny", (), (Turn("assistant", "no"),)), [_picture(3, 9, 7)]),
    ]
    return [(s, pictures) for s, pictures in found if pictures or not vlm.adapter.needs_picture]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", NAMES)
def test_the_strongest_token_moves_with_the_patch(family: Any, name: str, size: tuple[int, int]) -> None:
    spots = list(probe(family(name), [size], spots=9 if size == SIZES[1] else 4))
    assert len(spots) >= 4
    assert [spot for spot in spots if not spot.hit] == []


@pytest.mark.parametrize("name", NAMES)
def test_the_second_picture_answers_for_its_own_pixels(family: Any, name: str) -> None:
    """Of two pictures of different sizes: a patch on the second moves the second one's tokens most."""
    first = _picture(6, 90, 210)
    spots = list(probe(family(name), [(260, 120)], spots=4, beside=[first]))
    assert len(spots) >= 4
    assert [spot for spot in spots if not spot.hit] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_mixed_batch_equals_one_by_one(family: Any, name: str) -> None:
    vlm = family(name)
    samples = _samples(vlm)
    batch = vlm.prepare(samples)
    together = vlm.hidden(batch, 1)
    for row, sample in enumerate(samples):
        single = vlm.prepare([sample])
        for field in dataclasses.fields(single.tokens[0]):
            mine, others = (getattr(b.tokens[i], field.name) for b, i in ((single, 0), (batch, row)))
            np.testing.assert_array_equal(mine, others)
        alone = vlm.hidden(single, 1)[0]
        torch.testing.assert_close(together[row, : len(alone)], alone, rtol=0, atol=2e-4)


@pytest.mark.parametrize("name", NAMES)
def test_text_tokens_are_the_samples_own_words(family: Any, name: str) -> None:
    vlm = family(name)
    tokens = vlm.prepare([(Sample("a", (), (ASKED, SAID)), [_picture(2, 90, 200)] * 2)]).tokens[0]
    for turn in (ASKED, SAID):
        pieces = [p for p, role in zip(tokens.tokens, tokens.roles, strict=True) if role == turn.role]
        assert "".join(pieces) == turn.text


def test_a_decoder_s_layers_are_where_transformers_5_has_them(family: Any) -> None:
    """METHOD 8, below the table: `model.language_model.layers`, each returns a tensor; `model.layers.N` in an
    SAE's folder name is decoder layer N; without torchvision, pictures are prepared by Pillow."""
    vlm = family("LLaVA-NeXT Llama")
    assert vlm.layers is vlm.model.model.language_model.layers
    returned: list[Any] = []
    hook = vlm.layers[1].register_forward_hook(lambda _m, _args, out: returned.append(out))
    found = vlm.hidden(vlm.prepare(_samples(vlm)[:1]), 1)
    hook.remove()
    assert returned[0] is found
    assert trained_on(hook_of({}, "model.layers.24"), 32) == TrainedOn(24, "model.layers.24")
    assert type(vlm.processor.image_processor).__name__.endswith("Pil") or is_torchvision_available()


@pytest.mark.parametrize("name", NAMES)
def test_every_picture_is_covered(family: Any, name: str) -> None:
    """Boxes lie inside; each view's boxes do not overlap; together they cover what the model sees."""
    vlm = family(name)
    layout = vlm.adapter.layout(vlm.model, vlm.processor, 123, 257)
    boxes = layout.boxes[layout.has_pixels].astype(np.float64)
    assert (boxes >= 0).all()
    assert (boxes[:, 2:] <= [257, 123]).all()
    for view in np.unique(layout.views):
        own = layout.boxes[layout.has_pixels & (layout.views == view)].astype(np.float64)
        area = ((own[:, 2] - own[:, 0]) * (own[:, 3] - own[:, 1])).sum()
        least, most = _seen(name, view)
        assert least * (1 - 1e-4) <= area <= most * (1 + 1e-4)


def _seen(name: str, view: int) -> tuple[float, float]:
    """Area in pixels that a view of a picture of 257 x 123 shows: at least and at most."""
    whole = 123 * 257.0
    if name == "LLaVA-OneVision":  # 7 patches of 8 in 62 pixels; cells of a shrunken grid span the gaps
        least = whole * (56 / 62) ** 2
        return least, whole if view else least
    if name.startswith("LLaVA-NeXT") and view == 1:  # unpadding may take off a part of a row of cells
        return whole * (1 - 1 / 16), whole
    if name == "LLaVA-1.5":
        whole *= 64 / int(64 * 257 / 123)  # the middle of the resized picture
    return whole, whole
