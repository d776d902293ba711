"""Firing regions pixel by pixel, against plain loops."""

from __future__ import annotations

import numpy as np
import pytest

from studio.domain.evidence import ActivationMap, StoredSample
from studio.ui.review.regions import FAINT, STRONG, Regions, contour, show_regions, strength_map
from studio.ui.review.tile import decode, to_image, to_pixels

WHITE = np.full((20, 40, 3), 255, np.uint8)


def sample(boxes: list[list[float]], width: int = 40, height: int = 20) -> StoredSample:
    array = np.array(boxes, np.float32).reshape(len(boxes), 4)
    return StoredSample("s", (), (), (), 0, width, height, array, np.zeros(len(boxes), np.uint8))


def firing(index: list[int], value: list[float]) -> ActivationMap:
    none = np.zeros(0, np.uint32), np.zeros(0, np.float32)
    return ActivationMap(np.array(index, np.uint32), np.array(value, np.float32), *none)


def test_overlapping_boxes_take_the_strongest_value_of_each_pixel() -> None:
    rng = np.random.default_rng(0)
    for _ in range(30):
        corners = np.sort(rng.integers(0, 21, (6, 2, 2)), axis=1)
        boxes = [[x0 * 2, y0, x1 * 2 + 2, y1 + 1] for (x0, y0), (x1, y1) in corners]
        values = rng.uniform(0.1, 4, 6)
        found = strength_map(sample(boxes), firing(list(range(6)), values.tolist()), 4.0, 40, 20)
        expected = np.zeros((20, 40))
        for (x0, y0, x1, y1), value in zip(boxes, values, strict=True):
            for y in range(int(y0), min(int(y1), 20)):
                for x in range(int(x0), min(int(x1), 40)):
                    expected[y, x] = max(expected[y, x], value / 4)
        np.testing.assert_allclose(found, expected, atol=1e-6)


def test_boxes_scale_with_the_picture() -> None:
    found = strength_map(sample([[20, 10, 40, 20]]), firing([0], [1.0]), 1.0, 80, 40)
    assert found[20:, 40:].min() == 1
    assert found.sum() == 20 * 40


def test_tokens_without_a_box_and_no_tokens_at_all_show_nothing() -> None:
    assert not strength_map(sample([[0, 0, 9, 9]]), firing([5], [1.0]), 1.0, 40, 20).any()
    assert not strength_map(sample([]), firing([], []), 0.0, 40, 20).any()


def test_mask_blacks_out_what_does_not_fire_and_nothing_else() -> None:
    strength = strength_map(sample([[10, 0, 20, 20]]), firing([0], [0.01]), 5.0, 40, 20)
    shown = show_regions(WHITE, strength, Regions.MASK, (255, 0, 0))
    assert (shown[:, 10:20] == 255).all()
    assert not shown[:, :10].any()
    assert not shown[:, 20:].any()


def test_heat_mixes_the_colour_in_by_strength() -> None:
    strength = strength_map(
        sample([[0, 0, 10, 20], [10, 0, 20, 20]]), firing([0, 1], [1.0, 5.0]), 5.0, 40, 20
    )
    shown = show_regions(WHITE, strength, Regions.HEAT, (255, 0, 0)).astype(float)
    assert shown[5, 5, 1] == pytest.approx(255 * (1 - FAINT - (STRONG - FAINT) / 5), abs=1)
    assert shown[5, 15, 1] == pytest.approx(255 * (1 - STRONG), abs=1)
    assert (shown[:, 20:] == 255).all()


def test_the_outline_is_that_of_the_union() -> None:
    strength = strength_map(sample([[4, 4, 14, 14], [14, 4, 24, 14]]), firing([0, 1], [1, 2]), 2.0, 40, 20)
    rim = contour(strength > 0, 1)
    assert rim[4, 4:24].all()
    assert rim[13, 4:24].all()
    assert rim[4:14, 4].all()
    assert rim[4:14, 23].all()
    assert rim.sum() == 2 * 20 + 2 * 8, "no line where the two boxes meet"
    shown = show_regions(WHITE, strength, Regions.OUTLINE, (10, 20, 30), line=1)
    assert shown[4, 10].tolist() == [10, 20, 30]
    assert shown[9, 14].tolist() == [255] * 3


def test_a_region_at_the_edge_of_the_picture_is_outlined_there() -> None:
    assert contour(np.ones((6, 8), bool), 1).sum() == 2 * 8 + 2 * 4


def test_pixels_go_to_an_image_and_back() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (5, 7, 3)).astype(np.uint8)
    assert (to_pixels(to_image(pixels)) == pixels).all()


def test_bytes_that_are_no_picture_decode_to_nothing() -> None:
    assert decode(b"no picture") is None
