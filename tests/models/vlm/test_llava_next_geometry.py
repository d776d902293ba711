"""LLaVA-NeXT's boxes against the real processor's pixels and the real model's packing of features."""

from __future__ import annotations

from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from transformers import CLIPVisionConfig, LlamaConfig, LlavaNextConfig, LlavaNextModel
from transformers.models.llava_next.image_processing_pil_llava_next import LlavaNextImageProcessorPil

from models.vlm.adapters.llava_next import LlavaNext

REAL = [[336, 672], [672, 336], [672, 672], [1008, 336], [336, 1008]]
SMALL = [[64, 128], [128, 64], [128, 128], [192, 64], [64, 192]]


@cache
def _model(side: int, patch: int) -> LlavaNextModel:
    vision = CLIPVisionConfig(
        hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=1, image_size=side,
        patch_size=patch,
    )  # fmt: skip
    text = LlamaConfig(
        hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=1, vocab_size=10
    )
    pinpoints = [[h * side // 64, w * side // 64] for h, w in SMALL]
    return LlavaNextModel(
        LlavaNextConfig(
            vision_config=vision, text_config=text, image_token_index=3, image_grid_pinpoints=pinpoints
        )
    )


def _processor(side: int, patch: int, **images: Any) -> Any:
    """As much of a LlavaNextProcessor as the geometry reads, with the real image processor."""
    pinpoints = [[h * side // 64, w * side // 64] for h, w in SMALL]
    options = {
        "size": {"shortest_edge": side},
        "crop_size": {"height": side, "width": side},
        "image_grid_pinpoints": pinpoints,
        "image_mean": [0.0] * 3,
        "image_std": [1.0] * 3,
        **images,
    }
    return SimpleNamespace(
        image_processor=LlavaNextImageProcessorPil(**options),
        patch_size=patch,
        num_additional_image_tokens=1,
        vision_feature_select_strategy="default",
    )


def _packed(model: LlavaNextModel, features: torch.Tensor, height: int, width: int) -> np.ndarray:
    """The real model's own packing: features [views, grid * grid, c] to [tokens, c], newlines NaN."""
    newline = torch.full((features.shape[-1],), float("nan"))
    sizes = torch.tensor([[height, width]])
    return model.pack_image_features([features], sizes, "default", newline)[0][0].numpy()


def _ramp(height: int, width: int) -> Image.Image:
    """Red grows with x, green with y: a pixel's colour is where it is."""
    y, x = np.mgrid[:height, :width].astype(np.float64)
    colours = np.stack([(x + 0.5) / width, (y + 0.5) / height, np.ones_like(x)], axis=-1)
    return Image.fromarray((colours * 255).round().astype(np.uint8))


def _seen(side: int, patch: int, processor: Any, height: int, width: int) -> np.ndarray:
    """float [tokens, 3]: what each token sees of the ramp, through real resizing, tiling and packing."""
    pixels = processor.image_processor(_ramp(height, width), return_tensors="pt")["pixel_values"][0]
    grid = side // patch
    cells = pixels.reshape(len(pixels), 3, grid, patch, grid, patch).mean(dim=(3, 5))
    return _packed(_model(side, patch), cells.flatten(2).transpose(1, 2), height, width)


def _check_ramp(side: int, patch: int, height: int, width: int, **images: Any) -> None:
    processor = _processor(side, patch, **images)
    layout = LlavaNext().layout(None, processor, height, width)
    seen = _seen(side, patch, processor, height, width)
    assert len(seen) == len(layout)
    whole = layout.has_pixels & (seen[:, 2] > 0.999)  # blue is dark where padding is in the cell
    assert whole.sum() > 0
    boxes = layout.boxes[whole]
    x, y = (boxes[:, 0] + boxes[:, 2]) / 2 / width, (boxes[:, 1] + boxes[:, 3]) / 2 / height
    # One 8-bit level, rounding of the resized size to a pixel, and flat edges where a pixel is enlarged.
    np.testing.assert_allclose(seen[whole, 0], x, atol=0.012 + 0.6 / width)
    np.testing.assert_allclose(seen[whole, 1], y, atol=0.012 + 0.6 / height)


@pytest.mark.parametrize(
    ("height", "width", "count"), [(336, 336, 1176), (480, 640, 2340), (640, 480, 2352), (300, 1000, 2182)]
)
def test_token_counts_of_the_reference_model(
    height: int, width: int, count: int, make_llava: Any, make_processor: Any
) -> None:
    """METHOD 8's table, through the real processor with the published pinpoints."""
    model = SimpleNamespace(
        config=SimpleNamespace(
            vision_config=SimpleNamespace(image_size=336, patch_size=14), image_grid_pinpoints=REAL
        )
    )
    processor = make_processor(model)
    ids = processor(images=Image.new("RGB", (width, height)), text="<image>", return_tensors="pt")[
        "input_ids"
    ]
    assert int((ids == 3).sum()) == count
    layout = LlavaNext().layout(None, processor, height, width)
    assert len(layout) == count
    rows = count - int(layout.has_pixels.sum())
    assert int((layout.views == 0).sum()) == 576
    assert rows == {336: 24, 480: 36, 640: 48, 300: 22}[height]


@pytest.mark.parametrize(("height", "width"), [(336, 336), (480, 640), (640, 480), (300, 1000), (1000, 300)])
def test_boxes_of_the_reference_sizes_show_what_tokens_see(height: int, width: int) -> None:
    _check_ramp(336, 14, height, width)


@settings(max_examples=60, deadline=None)
@given(st.integers(8, 700), st.integers(8, 700))
def test_boxes_show_what_tokens_see(height: int, width: int) -> None:
    _check_ramp(64, 8, height, width)


@pytest.mark.parametrize(("height", "width"), [(100, 100), (80, 200), (200, 80), (300, 170)])
def test_a_crop_smaller_than_the_resized_view(height: int, width: int) -> None:
    """Views resized to 80 px and cut to 64: the edge is not seen, and cells are smaller."""
    _check_ramp(64, 8, height, width, size={"height": 80, "width": 80})


@settings(max_examples=150, deadline=None)
@given(st.integers(1, 3000), st.integers(1, 3000))
def test_each_token_is_the_cell_that_the_model_packs_there(height: int, width: int) -> None:
    """For any size: as many tokens as the model packs, newlines where it puts them, boxes inside."""
    model, processor = _model(64, 8), _processor(64, 8)
    layout = LlavaNext().layout(None, processor, height, width)
    features = torch.ones(1 + 9, 64, 1)
    tiles = LlavaNextImageProcessorPil.get_image_patches(
        processor.image_processor,
        np.zeros((3, height, width), np.uint8),
        grid_pinpoints=SMALL,
        size=(64, 64),
        patch_size=64,
        resample=0,
    )
    packed = _packed(model, features[: len(tiles)], height, width)
    assert len(packed) == len(layout)
    assert not (layout.has_pixels & np.isnan(packed[:, 0])).any()
    missing = ~layout.has_pixels & ~np.isnan(packed[:, 0])
    assert missing.sum() == 0
    boxes = layout.boxes[layout.has_pixels]
    assert (boxes >= 0).all()
    assert (boxes[:, 2] <= width).all()
    assert (boxes[:, 3] <= height).all()
    assert (boxes[:, 2] > boxes[:, 0]).all()
    assert (boxes[:, 3] > boxes[:, 1]).all()


def test_the_base_view_tiles_the_whole_picture() -> None:
    layout = LlavaNext().layout(None, _processor(64, 8), 123, 457)
    base = layout.boxes[layout.views == 0].astype(np.float64)
    areas = (base[:, 2] - base[:, 0]) * (base[:, 3] - base[:, 1])
    assert areas.sum() == pytest.approx(123 * 457, rel=1e-5)
