"""The map: principal plane against an SVD, neighbours kept near, the same for the same seed."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from models.similar import cosine_nearest, layout, principal_plane
from models.similar.layout import symmetric


@pytest.fixture(scope="module")
def clusters():
    """240 directions around 12 of their own."""
    random = torch.Generator().manual_seed(1)
    middles = torch.randn(12, 20, generator=random)
    return middles.repeat_interleave(20, 0) + 0.6 * torch.randn(240, 20, generator=random)


@pytest.fixture(scope="module")
def placed(clusters):
    rows = torch.arange(len(clusters))
    start = principal_plane(clusters, rows)
    near = cosine_nearest(clusters, rows, 10).index
    return start, near, layout(start, near, seed=0, steps=400)


def test_the_start_is_the_principal_plane(clusters):
    """Up to the sign of each axis, as an SVD of the centred unit rows has it."""
    start = principal_plane(clusters, torch.arange(len(clusters))).numpy()
    x = clusters.double().numpy()
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    left, _, _ = np.linalg.svd(x - x.mean(0), full_matrices=False)
    for axis in range(2):
        assert abs(np.corrcoef(start[:, axis], left[:, axis])[0, 1]) > 0.999
    np.testing.assert_allclose(start.std(0), 1, rtol=1e-4)


def test_neighbours_in_the_plane_are_neighbours_of_the_vectors(placed):
    """Of each point's 10 nearest in the plane, more stand in its own cluster than in the principal plane."""
    start, _, places = placed

    def kept(points):
        apart = ((points[:, None] - points[None]) ** 2).sum(2)
        np.fill_diagonal(apart, np.inf)
        nearest = np.argsort(apart, 1)[:, :10]
        return (nearest // 20 == np.arange(240)[:, None] // 20).mean()

    assert kept(places) > 0.95
    assert kept(places) > kept(start.numpy()) + 0.1


def test_the_same_seed_gives_the_same_map_and_another_one_does_not(placed):
    start, near, places = placed
    np.testing.assert_array_equal(layout(start, near, seed=0, steps=400), places)
    assert not np.array_equal(layout(start, near, seed=1, steps=400), places)


def test_most_places_lie_within_one_of_the_middle(placed):
    _, _, places = placed
    assert places.dtype == np.float32
    assert np.isfinite(places).all()
    assert np.mean(np.linalg.norm(places, axis=1) <= 1) == pytest.approx(0.95, abs=0.02)


@pytest.mark.parametrize("latents", [0, 1, 2, 3])
def test_a_few_latents_have_places_too(latents):
    decoder = torch.randn(latents, 5)
    rows = torch.arange(latents)
    near = cosine_nearest(decoder, rows, 4).index
    places = layout(principal_plane(decoder, rows), near, steps=5)
    assert places.shape == (latents, 2)
    assert np.isfinite(places).all()


def test_it_can_be_stopped(placed):
    start, near, _ = placed

    def tell(done, total):
        if done >= 8:
            raise InterruptedError(f"{done} of {total}")

    with pytest.raises(InterruptedError, match="8 of 400"):
        layout(start, near, steps=400, tell=tell)


def test_links_go_both_ways_and_count_once():
    links, first, degree = symmetric(np.array([[1, 2], [0, -1], [3, -1], [-1, -1]], np.int32))
    found = {i: set(links[first[i] : first[i] + degree[i]].tolist()) for i in range(4)}
    assert found == {0: {1, 2}, 1: {0}, 2: {0, 3}, 3: {2}}
    assert degree.tolist() == [2, 1, 2, 1]
