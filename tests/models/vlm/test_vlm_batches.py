"""Batches of mixed sizes equal one by one; the network answers; samples that do not fit are refused."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from PIL import Image

from models.vlm import Vlm
from studio.domain.errors import DataError, ModelError
from studio.domain.sample import Sample, Turn


def _picture(seed: int, width: int, height: int) -> Image.Image:
    noise = np.random.default_rng(seed).integers(0, 255, (height // 10 + 1, width // 10 + 1, 3), np.uint8)
    return Image.fromarray(noise).resize((width, height))


def _samples() -> list[tuple[Sample, list[Image.Image]]]:
    asked = Turn("user", "How many cats are there?")
    long = Turn("assistant", "There is a red apple on the table, and a dog at the left. " * 3)
    return [
        (Sample("square", (), (asked, Turn("assistant", "Two."))), [_picture(0, 120, 120)]),
        (Sample("no picture", (), (asked, long)), []),
        (Sample("wide", (), (asked, long)), [_picture(1, 333, 90)]),
        (Sample("tall", (), (asked,)), [_picture(2, 60, 200)]),
        (Sample("tiny", (), (Turn("assistant", "no"),)), [_picture(3, 9, 7)]),
        (Sample("two", (), (asked,)), [_picture(4, 100, 50), _picture(5, 64, 64)]),
    ]


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_mixed_batch_equals_one_by_one(llava: Vlm, monkeypatch: pytest.MonkeyPatch, side: str) -> None:
    monkeypatch.setattr(llava.processor.tokenizer, "padding_side", side)
    samples = _samples()
    batch = llava.prepare(samples)
    together = llava.hidden(batch, 2)
    for row, sample in enumerate(samples):
        single = llava.prepare([sample])
        for field in dataclasses.fields(single.tokens[0]):
            mine, others = (getattr(b.tokens[i], field.name) for b, i in ((single, 0), (batch, row)))
            np.testing.assert_array_equal(mine, others)
        alone = llava.hidden(single, 2)[0]
        torch.testing.assert_close(together[row, : len(alone)], alone, rtol=0, atol=1e-4)


def test_maps_have_the_documented_types(llava: Vlm) -> None:
    tokens = llava.prepare(_samples()[:1]).tokens[0]
    assert tokens.image_positions.dtype == tokens.text_positions.dtype == np.int64
    assert (tokens.boxes.dtype, tokens.views.dtype) == (np.float32, np.uint8)
    assert len(tokens.boxes) == len(tokens.views) == len(tokens.image_positions) == len(tokens.pictures)
    assert len(tokens.tokens) == len(tokens.roles) == len(tokens.text_positions)


def test_positions_are_image_tokens_and_newlines_are_left_out(llava: Vlm) -> None:
    batch = llava.prepare(_samples()[2:3])
    ids, tokens = batch.inputs["input_ids"][0], batch.tokens[0]
    assert (ids[tokens.image_positions.tolist()] == 3).all()
    newlines = int((ids == 3).sum()) - len(tokens.image_positions)
    rows = len(np.unique(tokens.boxes[tokens.views == 1, 1]))
    assert newlines == rows > 0


def test_the_second_picture_is_told_apart(llava: Vlm) -> None:
    tokens = llava.prepare(_samples()[5:]).tokens[0]
    for picture, (width, height) in enumerate([(100, 50), (64, 64)]):
        boxes = tokens.boxes[tokens.pictures == picture]
        assert boxes[:, 2].max() == width
        assert boxes[:, 3].max() == height


def test_the_text_changes_nothing_before_it(llava: Vlm) -> None:
    """The picture stands in the user's turn, before the question: its vectors do not depend on the words."""
    picture = [_picture(0, 120, 120)]
    one, other = (
        llava.prepare([(Sample("a", (), (Turn("user", words),)), picture)])
        for words in ("A dog?", "Two cats?")
    )
    positions = one.tokens[0].image_positions.tolist()
    torch.testing.assert_close(
        llava.hidden(one, 3)[0, positions], llava.hidden(other, 3)[0, positions], rtol=0, atol=1e-5
    )


def test_an_answer_is_the_networks_own(llava: Vlm) -> None:
    """Greedy decoding, checked against one whole forward per token."""
    sample = Sample("a", (), (Turn("user", "Is there a dog?"), Turn("assistant", "not shown to it")))
    picture = [_picture(0, 120, 90)]
    answer = llava.answer(sample, picture, max_new_tokens=3)
    text = llava.processor.apply_chat_template(
        [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "Is there a dog?"}]}],
        add_generation_prompt=True,
    )
    inputs = llava.processor(images=picture, text=text, add_special_tokens=False, return_tensors="pt")
    ids = inputs["input_ids"]
    with torch.no_grad():
        for _ in range(3):
            inputs |= {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
            ids = torch.cat([ids, llava.model(**inputs).logits[:, -1:].argmax(-1)], dim=1)
    assert answer == llava.processor.decode(ids[0, -3:], skip_special_tokens=True).strip()


def test_nothing_to_answer(llava: Vlm) -> None:
    with pytest.raises(DataError, match="no user turn"):
        llava.answer(Sample("a", (), (Turn("assistant", "Two."),)), [])


def test_too_long_for_the_model(llava: Vlm) -> None:
    sample = Sample("a", (), (Turn("user", "a dog " * 600),))
    with pytest.raises(
        DataError, match=r"^The sample is 1\d\d\d tokens long; this model reads at most 1024\.$"
    ):
        llava.prepare([(sample, [])])


def test_half_characters(llava: Vlm) -> None:
    with pytest.raises(DataError, match="halves of characters"):
        llava.prepare([(Sample("a", (), (Turn("user", "a \ud83d dog"),)), [])])


def test_a_processor_that_does_not_fit_its_own_sizes(llava: Vlm, monkeypatch: pytest.MonkeyPatch) -> None:
    real = llava.adapter.layout

    class Short(type(llava.adapter)):  # type: ignore[misc]
        def layout(self, *args: object) -> object:
            found = real(*args)  # type: ignore[arg-type]
            return dataclasses.replace(
                found, boxes=found.boxes[1:], views=found.views[1:], has_pixels=found.has_pixels[1:]
            )

    with pytest.raises(ModelError, match="do not fit together"):
        dataclasses.replace(llava, adapter=Short()).prepare(_samples()[:1])
