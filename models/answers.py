"""The model's own answers, in batches."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from PIL.Image import Image

from models.vlm import Vlm
from models.vlm.chat import render
from models.vlm.model import check_whole
from models.vlm.preparing import tensors
from studio.domain.errors import ModelError
from studio.domain.sample import Sample


@torch.no_grad()
def respond(vlm: Vlm, asked: Sequence[tuple[Sample, Sequence[Image]]], max_new_tokens: int) -> list[str]:
    """Greedy answers to samples that end with a user turn, with their opened pictures, one each.

    Padded on the left, so that every answer begins where its own question ends. Samples with and without a
    picture run apart: processors take no mixed batch. Raises `DataError` and `ModelError`.
    """
    if not vlm.adapter.reads_text:
        raise ModelError(f"{vlm.id} is a vision tower: it reads pictures and answers no questions.")
    check_whole(vlm)
    answers = [""] * len(asked)
    for pictured in (True, False):
        rows = [i for i, (_, images) in enumerate(asked) if bool(images) is pictured]
        if rows:
            for row, text in zip(rows, _together(vlm, [asked[i] for i in rows], max_new_tokens), strict=True):
                answers[row] = text
    return answers


def _together(vlm: Vlm, asked: Sequence[tuple[Sample, Sequence[Image]]], max_new_tokens: int) -> list[str]:
    texts = [render(vlm.processor, sample.turns, len(images), generate=True) for sample, images in asked]
    images = [list(pictures) for _, pictures in asked]
    inputs = tensors(vlm.model, vlm.processor, vlm.adapter, texts, images, padding_side="left")
    tokenizer = vlm.processor.tokenizer
    pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id
    made = vlm.model.generate(**inputs, max_new_tokens=max_new_tokens, do_sample=False, pad_token_id=pad)
    fresh = made[:, inputs["input_ids"].shape[1] :]
    return [text.strip() for text in vlm.processor.batch_decode(fresh, skip_special_tokens=True)]
