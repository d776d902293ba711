"""Region masks, pixel by pixel."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from models.pictures import BLUR, hidden, mask_regions, region_mask

WIDTH, HEIGHT = 23, 17
SIDE = st.floats(-6, 30, width=32)
BOXES = st.lists(st.tuples(SIDE, SIDE, SIDE, SIDE), max_size=4)


def picture(width: int = WIDTH, height: int = HEIGHT) -> Image.Image:
    pixels = np.random.default_rng(3).integers(1, 255, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


def touched(boxes: list[tuple[float, ...]], x: int, y: int) -> bool:
    """Whether pixel (x, y), the square from x to x + 1, is in a box rounded outward; the slow way."""
    return any(
        math.floor(x0 + 1e-3) <= x < math.ceil(x1 - 1e-3)
        and math.floor(y0 + 1e-3) <= y < math.ceil(y1 - 1e-3)
        for x0, y0, x1, y1 in boxes
    )


@settings(deadline=None, max_examples=40)
@given(BOXES, st.sampled_from(["black", "blur", "mean"]))
def test_each_pixel_is_kept_or_hidden(boxes: list[tuple[float, ...]], how: str) -> None:
    image = picture()
    before, veil = np.asarray(image).copy(), np.asarray(hidden(image, how))
    out = np.asarray(mask_regions(image, boxes, np.arange(len(boxes)), how))
    for y in range(HEIGHT):
        for x in range(WIDTH):
            expected = before if touched(boxes, x, y) else veil
            assert (out[y, x] == expected[y, x]).all(), (x, y)
    assert (np.asarray(image) == before).all(), "the picture itself was changed"


def test_only_the_chosen_boxes_are_kept() -> None:
    image = picture()
    boxes = [[0, 0, 4, 4], [8, 8, 12, 12], [16, 0, 20, 4]]
    by_index = mask_regions(image, boxes, [0, 2])
    by_mask = mask_regions(image, boxes, np.array([True, False, True]))
    assert by_index.tobytes() == by_mask.tobytes()
    out = np.asarray(by_index)
    assert (out[:4, :4] == np.asarray(image)[:4, :4]).all()
    assert (out[8:12, 8:12] == 0).all()


def test_nothing_kept_is_wholly_hidden_and_everything_kept_is_the_picture() -> None:
    image = picture()
    assert not np.asarray(mask_regions(image, np.zeros((0, 4)), [])).any()
    assert mask_regions(image, [[-1, -1, 99, 99]], [0], "blur").tobytes() == image.tobytes()


def test_fractions_are_rounded_outward_but_not_float_noise() -> None:
    assert region_mask([[2.4, 0, 5.2, 1]], 10, 1)[0].nonzero()[0].tolist() == [2, 3, 4, 5]
    noisy = [[np.float32(2.0000002), 0, np.float32(4.0000005), 1]]
    assert region_mask(noisy, 10, 1)[0].nonzero()[0].tolist() == [2, 3]


def test_the_blur_grows_with_the_picture_and_is_gaussian() -> None:
    image = picture(64, 48)
    expected = image.filter(ImageFilter.GaussianBlur(64 * BLUR))
    assert hidden(image, "blur").tobytes() == expected.tobytes()
    assert np.asarray(hidden(image, "blur")).std() < 0.2 * np.asarray(image).std()


def test_the_mean_is_the_mean() -> None:
    image = picture()
    assert hidden(image, "mean").getpixel((0, 0)) == tuple(np.asarray(image).reshape(-1, 3).mean(0).round())


def test_an_unknown_way_of_hiding_is_refused() -> None:
    with pytest.raises(ValueError, match="black, blur or mean"):
        hidden(picture(), "fog")  # type: ignore[arg-type]
