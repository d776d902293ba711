"""The token counts of METHOD 8, a test for each row, by the real processors with published settings."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import transformers as hf
from PIL import Image
from transformers.models.llava.image_processing_pil_llava import LlavaImageProcessorPil

from models.vlm.adapters import built_in_adapters
from models.vlm.tokens import ImageLayout

ADAPTERS = built_in_adapters()


def _count(processor: Any, image_token: str, width: int, height: int) -> int:
    picture = Image.new("RGB", (width, height), (9, 99, 199))
    inputs = processor(images=[[picture]], text=[processor.image_token], return_tensors="pt")
    return int((inputs["input_ids"] == processor.tokenizer.convert_tokens_to_ids(image_token)).sum())


def _layout(kind: str, processor: Any, width: int, height: int, model: Any = None) -> ImageLayout:
    return ADAPTERS[kind].layout(model, processor, height, width)


@pytest.mark.parametrize("size", [(336, 336), (640, 480), (480, 640), (30, 20), (1000, 300)])
def test_llava_1_5(make_tokenizer: Any, size: tuple[int, int]) -> None:
    """336 px, patch 14: 24 x 24 = 576 raster tokens, class token dropped; resized, then cropped."""
    images = LlavaImageProcessorPil(size={"shortest_edge": 336}, crop_size={"height": 336, "width": 336})
    processor = hf.LlavaProcessor(
        images, make_tokenizer(), patch_size=14, num_additional_image_tokens=1,
        vision_feature_select_strategy="default",
    )  # fmt: skip
    layout = _layout("llava", processor, *size)
    assert _count(processor, "<image>", *size) == len(layout) == 576
    assert layout.has_pixels.all()
    (width, height), short = size, min(size)
    middle = (width - short) / 2, (height - short) / 2
    np.testing.assert_allclose(layout.boxes[:, :2].min(axis=0), middle, atol=short / 336)
    np.testing.assert_allclose(layout.boxes[1, :2] - layout.boxes[0, :2], [short / 24, 0], rtol=0.01, atol=0)
