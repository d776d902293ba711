"""The one pass for all neurons says what `Dissection` says of each; thresholds from histograms."""

from __future__ import annotations

import numpy as np
import pytest

from models.pictures import region_mask
from models.scorers import Dissection, threshold
from models.scorers.masked_firing import MaskedFiring, limit_of_histogram
from studio.domain.neuron import histogram_edges

HEIGHT, WIDTH, NEURONS, CONCEPTS = 12, 16, 6, 4
BOXES = np.array([[x, y, x + 6, y + 5] for y in (0, 4, 7) for x in (0, 4, 10)], np.float32)


def test_it_equals_dissection_neuron_by_neuron() -> None:
    rng = np.random.default_rng(0)
    limits = np.array([0.0, 0.2, 0.5, 0.0, 0.9, 2.0])
    fast, slow = MaskedFiring(limits, CONCEPTS), [Dissection(CONCEPTS, limit) for limit in limits]
    counted = np.zeros(NEURONS, int)
    for number in range(20):
        spared = np.flatnonzero(rng.random(NEURONS) < (1.0 if number == 3 else 0.2))
        counted[np.setdiff1d(np.arange(NEURONS), spared)] += 1
        labels = rng.integers(0, 4, (HEIGHT, WIDTH))
        concepts = {1: (0, 2), 2: (1,), 3: (2,)}
        values = rng.random((NEURONS, len(BOXES))).astype(np.float32) * (
            rng.random((NEURONS, len(BOXES))) < 0.4
        )
        neurons, tokens = np.nonzero(values)
        fast.add(labels, concepts, BOXES, neurons, tokens, values[neurons, tokens], spared)
        masks = [np.isin(labels, [t for t, held in concepts.items() if c in held]) for c in range(CONCEPTS)]
        for neuron in np.setdiff1d(np.arange(NEURONS), spared):
            heat = np.zeros((HEIGHT, WIDTH))
            for token, box in enumerate(BOXES):
                here = region_mask(box[None], WIDTH, HEIGHT)
                heat[here] = np.maximum(heat[here], values[neuron, token])
            slow[neuron].add(heat, masks)
    np.testing.assert_allclose(fast.iou(), [found.iou() for found in slow])
    assert np.nanmax(fast.iou()) > 0.1
    assert fast.images().tolist() == counted.tolist()
    assert counted.min() < 20


def test_limits_of_histograms_lie_within_a_bin_of_the_exact_ones() -> None:
    rng = np.random.default_rng(1)
    edges, places = histogram_edges(), 10_000
    fired = [np.exp(rng.normal(0, 1, count)) for count in (20, 50, 51, 400, 3000)]
    counts = np.stack([np.histogram(values, edges)[0] for values in fired])
    found = limit_of_histogram(counts, edges, places, 0.005)
    exact = [threshold(values, places) for values in fired]
    assert found[0] == found[1] == exact[0] == exact[1] == 0.0
    ratio = edges[1] / edges[0]
    for limit, wanted in zip(found[2:], exact[2:], strict=True):
        assert wanted <= limit * (1 + 1e-9)
        assert limit <= wanted * ratio
    for limit, values in zip(found, fired, strict=True):
        assert (values > limit).sum() <= 50


def test_a_neuron_and_a_concept_that_are_nowhere_have_no_overlap() -> None:
    assert np.isnan(MaskedFiring(np.zeros(2), 3).iou()).all()
    with pytest.raises(IndexError):
        MaskedFiring(np.zeros(1), 1).add(
            np.zeros((2, 2), np.int64), {}, BOXES, np.array([5]), np.array([0]), np.array([1.0])
        )
