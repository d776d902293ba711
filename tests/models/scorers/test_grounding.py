"""Grounding DINO and SAM of the real classes, with random weights, and the overlap of masks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from models.scorers.grounding import Grounder, overlap
from studio.domain.errors import ModelError

PICTURE = Image.fromarray(np.random.default_rng(0).integers(0, 255, (48, 80, 3), dtype=np.uint8))


def test_a_mask_has_the_size_of_the_picture_and_lies_where_boxes_are(tiny_grounder: tuple[str, str]) -> None:
    everything = Grounder(*tiny_grounder, device="cpu", box_threshold=0.0)
    found = everything.mask(PICTURE, "Red ball.")
    assert (found.shape, found.dtype) == ((48, 80), np.bool_)
    assert len(everything._boxes(PICTURE, "dog")) == 10
    assert np.array_equal(found, everything.mask(PICTURE, "red ball"))


def test_nothing_found_is_an_empty_mask(tiny_grounder: tuple[str, str]) -> None:
    assert not Grounder(*tiny_grounder, device="cpu", box_threshold=1.0).mask(PICTURE, "dog").any()


def test_overlap_is_intersection_over_union() -> None:
    a, b = np.zeros((4, 4), bool), np.zeros((4, 4), bool)
    a[:2], b[1:3] = True, True
    assert overlap(a, b) == pytest.approx(4 / 12)
    assert overlap(a, ~a) == overlap(a & b & ~a, np.zeros_like(a)) == 0.0
    with pytest.raises(ValueError, match="shapes"):
        overlap(a, b[:2])


def test_what_cannot_be_loaded_is_a_sentence(tmp_path: Path, tiny_grounder: tuple[str, str]) -> None:
    with pytest.raises(ModelError, match="No segmenter"):
        Grounder(tiny_grounder[0], "", device="cpu")
    with pytest.raises(ModelError, match="detector"):
        Grounder(tiny_grounder[1], tiny_grounder[1], device="cpu")
