"""The token counts of METHOD 8, a test for each row, by the real processors with published settings."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import transformers as hf
from PIL import Image
from transformers.models.gemma3.image_processing_pil_gemma3 import Gemma3ImageProcessorPil
from transformers.models.got_ocr2.image_processing_pil_got_ocr2 import GotOcr2ImageProcessorPil
from transformers.models.idefics3.image_processing_pil_idefics3 import Idefics3ImageProcessorPil
from transformers.models.llava.image_processing_pil_llava import LlavaImageProcessorPil
from transformers.models.llava_onevision.image_processing_pil_llava_onevision import (
    LlavaOnevisionImageProcessorPil,
)
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil
from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil

from models.vlm.adapters import built_in_adapters
from models.vlm.processors import NoVideo, pictures_only, processor_class
from models.vlm.tokens import ImageLayout
from studio.domain.errors import DataError

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


QWEN = {"image_token": "<|image_pad|>", "video_token": "<|video_pad|>"}


@pytest.mark.parametrize(
    ("kind", "cell", "size", "grid"),
    [
        ("qwen2_vl", 28, (640, 480), (17, 23)),
        ("qwen2_5_vl", 28, (480, 640), (23, 17)),
        ("qwen2_5_vl", 28, (30, 20), (2, 3)),
        ("qwen2_vl", 28, (4000, 3000), (30, 41)),
        ("qwen3_vl", 32, (640, 480), (15, 20)),
        ("qwen3_vl", 32, (1000, 300), (9, 31)),
    ],
)
def test_qwen(
    make_tokenizer: Any, kind: str, cell: int, size: tuple[int, int], grid: tuple[int, int]
) -> None:
    """Sides to multiples of 28; a token is a 28 x 28 px cell in raster order (Qwen3-VL: 32)."""
    images = Qwen2VLImageProcessorPil(patch_size=cell // 2)
    tokenizer = make_tokenizer(special=list(QWEN.values()), extra_special_tokens=QWEN)
    processor = pictures_only(processor_class(kind))(images, tokenizer, NoVideo())
    layout = _layout(kind, processor, *size)
    assert _count(processor, "<|image_pad|>", *size) == len(layout) == grid[0] * grid[1]
    width, height = size
    for row, column in [(0, 0), (0, 1), (1, 0), (grid[0] - 1, grid[1] - 1)]:
        box = [column / grid[1], row / grid[0], (column + 1) / grid[1], (row + 1) / grid[0]]
        expected = np.array(box) * [width, height, width, height]
        np.testing.assert_allclose(layout.boxes[row * grid[1] + column], expected, rtol=1e-5, atol=1e-3)


def test_qwen_refuses_a_line(make_tokenizer: Any) -> None:
    tokenizer = make_tokenizer(special=list(QWEN.values()), extra_special_tokens=QWEN)
    processor = pictures_only(hf.Qwen2VLProcessor)(Qwen2VLImageProcessorPil(), tokenizer, NoVideo())
    with pytest.raises(DataError, match="3000 x 4 pixels is too narrow for Qwen2-VL"):
        _layout("qwen2_vl", processor, 3000, 4)


@pytest.mark.parametrize(
    ("kind", "tile", "longest", "each", "size", "tiles"),
    [
        ("idefics3", 364, 1456, 169, (640, 480), (3, 4)),
        ("idefics3", 364, 1456, 169, (300, 1000), (4, 2)),
        ("smolvlm", 384, 1536, 81, (400, 400), (4, 4)),
        ("smolvlm", 512, 2048, 64, (1000, 300), (2, 4)),
        ("smolvlm", 512, 512, 64, (20, 20), (0, 0)),
    ],
)
def test_idefics3_and_smolvlm(
    make_tokenizer: Any, kind: str, tile: int, longest: int, each: int, size: Any, tiles: Any
) -> None:
    """Longest edge, rounded up per side; row-major tiles, global view last; 169 / 81 / 64 tokens a tile."""
    images = Idefics3ImageProcessorPil(size={"longest_edge": longest}, max_image_size={"longest_edge": tile})
    tokenizer = make_tokenizer(special=["<fake_token_around_image>", "<end_of_utterance>"])
    processor = processor_class(kind)(images, tokenizer, image_seq_len=each)
    layout = _layout(kind, processor, *size)
    assert _count(processor, "<image>", *size) == len(layout) == (tiles[0] * tiles[1] + 1) * each
    assert (layout.views == 0).sum() == each
    assert (layout.views[-each:] == 0).all()
    (width, height), whole = size, layout.boxes[-each:]
    np.testing.assert_allclose([whole[0, :2], whole[-1, 2:]], [[0, 0], [width, height]], rtol=1e-5)
    for number in range(tiles[0] * tiles[1]):
        row, column = divmod(number, tiles[1])
        box = layout.boxes[number * each : (number + 1) * each]
        corner = [column * width / tiles[1], row * height / tiles[0]]
        np.testing.assert_allclose(box[0, :2], corner, rtol=1e-5, atol=1e-3)


@pytest.mark.parametrize(("side", "count"), [(224, 256), (448, 1024), (896, 4096)])
def test_paligemma(make_tokenizer: Any, side: int, count: int) -> None:
    """Square stretch; 256 / 1024 / 4096 tokens, before BOS."""
    images = SiglipImageProcessorPil(size={"height": side, "width": side})
    images.image_seq_length = count
    tokenizer = make_tokenizer(starts=False, extra_special_tokens={"image_token": "<image>"})
    processor = hf.PaliGemmaProcessor(images, tokenizer)
    layout = _layout("paligemma", processor, 640, 480)
    inputs = processor(images=[[Image.new("RGB", (640, 480))]], text=["<image>dog"], return_tensors="pt")
    ids = inputs["input_ids"][0].tolist()
    assert ids[: count + 1] == [3] * count + [tokenizer.bos_token_id]
    assert len(layout) == count == ids.count(3)


def test_gemma_3(make_tokenizer: Any) -> None:
    """896 px, 64 x 64 patches pooled to 16 x 16 = 256."""
    names = {"boi_token": "<boi>", "eoi_token": "<eoi>", "image_token": "<soft>"}
    tokenizer = make_tokenizer(special=list(names.values()), extra_special_tokens=names)
    images = Gemma3ImageProcessorPil(size={"height": 896, "width": 896})
    processor = hf.Gemma3Processor(images, tokenizer)
    assert _count(processor, "<soft>", 640, 480) == len(_layout("gemma3", processor, 640, 480)) == 256


@pytest.mark.parametrize("size", [(400, 400), (1000, 300), (640, 480)])
def test_internvl(make_tokenizer: Any, size: tuple[int, int]) -> None:
    """c x r grid of 448 px tiles, 256 tokens each, thumbnail last when there is more than one tile."""
    names = {"context_image_token": "<ctx>", "start_image_token": "<img>", "end_image_token": "</img>",
             "video_token": "<video>"}  # fmt: skip
    tokenizer = make_tokenizer(special=list(names.values()), extra_special_tokens=names)
    images = GotOcr2ImageProcessorPil(size={"height": 448, "width": 448})
    processor = pictures_only(hf.InternVLProcessor)(images, tokenizer, NoVideo())
    layout = _layout("internvl", processor, *size)
    assert _count(processor, "<ctx>", *size) == len(layout)
    assert len(layout) % 256 == 0
    assert (layout.views[-256:] == 0).all()
    assert (layout.views == 0).sum() == 256


@pytest.mark.parametrize("size", [(400, 400), (1000, 300), (4000, 3000)])
def test_llava_onevision(make_tokenizer: Any, size: tuple[int, int]) -> None:
    """Base 27 x 27 = 729; `anyres_max_9` shrinks tile features bilinearly."""
    names = {"image_token": "<image>", "video_token": "<video>"}
    tokenizer = make_tokenizer(special=["<video>"], extra_special_tokens=names)
    processor = pictures_only(hf.LlavaOnevisionProcessor)(
        LlavaOnevisionImageProcessorPil(), tokenizer, NoVideo(), num_image_tokens=729,
        vision_feature_select_strategy="full",
    )  # fmt: skip
    model = SimpleNamespace(config=SimpleNamespace(vision_config=SimpleNamespace(patch_size=14)))
    layout = _layout("llava_onevision", processor, *size, model)
    text = processor(images=[Image.new("RGB", size)], text=["<image>"], return_tensors="pt")["input_ids"]
    assert int((text == 3).sum()) == len(layout)
    assert (layout.views == 0).sum() == 729
