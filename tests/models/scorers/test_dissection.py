"""Network Dissection against a pixel-by-pixel count."""

from __future__ import annotations

import numpy as np
import pytest

from models.scorers import Dissection, threshold


def test_iou_equals_a_count_over_all_pixels_of_all_images() -> None:
    rng = np.random.default_rng(0)
    heats = [np.where(rng.random((9, 13)) < 0.3, rng.random((9, 13)), 0) for _ in range(4)]
    masks = [rng.random((3, 9, 13)) < 0.4 for _ in range(4)]
    found = Dissection(3, 0.25)
    for heat, mask in zip(heats, masks, strict=True):
        found.add(heat, mask)
    fires, where = np.stack(heats) > 0.25, np.stack(masks, axis=1)
    for concept, iou in enumerate(found.iou()):
        both, either = (fires & where[concept]).sum(), (fires | where[concept]).sum()
        assert iou == pytest.approx(both / either)


def test_a_perfect_neuron_has_one_and_a_concept_nowhere_has_none() -> None:
    mask = np.zeros((6, 6), bool)
    mask[2:4, 1:5] = True
    found = Dissection(2, 0.0)
    found.add(mask * 0.7, [mask, ~mask])
    assert found.iou().tolist() == [1.0, 0.0]
    nothing = Dissection(1, 0.0)
    nothing.add(np.zeros((2, 2)), [np.zeros((2, 2), bool)])
    assert np.isnan(nothing.iou()[0])


def test_silent_places_never_fire() -> None:
    found = Dissection(1, -1.0)
    found.add(np.zeros((2, 2)), [np.ones((2, 2), bool)])
    assert found.iou()[0] == 0


@pytest.mark.parametrize("firing", [0, 3, 40, 400])
def test_the_threshold_lets_at_most_the_quantile_of_all_places_through(firing: int) -> None:
    values = np.random.default_rng(firing).random(firing) + 0.1
    limit = threshold(values, 10_000)
    above = int((values > limit).sum())
    assert above == min(firing, 50)
    assert (limit == 0) == (firing <= 50)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="places"):
        threshold([1.0, 2.0], 1)
    with pytest.raises(ValueError, match="mask"):
        Dissection(2, 0.0).add(np.zeros((2, 2)), [np.zeros((2, 2))])
    with pytest.raises(ValueError, match="mask"):
        Dissection(1, 0.0).add(np.zeros((2, 2)), [np.zeros((3, 2))])
