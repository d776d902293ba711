"""Nearest decoder rows against every pair compared at once."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from models.similar import cosine, cosine_nearest


def brute_force(decoder, rows, count):
    """Cosines of all pairs in float64, and each row's `count` largest."""
    x = decoder.double().numpy()[rows]
    length = np.linalg.norm(x, axis=1, keepdims=True)
    x = np.divide(x, length, out=np.zeros_like(x), where=length > 0)
    cosines = x @ x.T
    np.fill_diagonal(cosines, -np.inf)
    order = np.argsort(-cosines, axis=1, kind="stable")[:, :count]
    return order, np.take_along_axis(cosines, order, 1)


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(cosine, "BLOCK", 16)


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("latents", [5, 16, 17, 100])
def test_the_nearest_are_those_of_all_pairs(latents):
    decoder = torch.randn(latents, 12, generator=torch.Generator().manual_seed(latents))
    count = min(8, latents - 1)
    found = cosine_nearest(decoder, torch.arange(latents), count)
    order, cosines = brute_force(decoder, np.arange(latents), count)
    np.testing.assert_array_equal(found.index, order)
    np.testing.assert_allclose(found.cosine, cosines, atol=1e-6)


@pytest.mark.usefixtures("small_blocks")
@settings(max_examples=20, deadline=None)
@given(st.sets(st.integers(0, 59), min_size=2), st.integers(1, 6))
def test_only_the_rows_asked_for_are_compared(chosen, count):
    decoder = torch.randn(60, 7, generator=torch.Generator().manual_seed(3))
    rows = np.array(sorted(chosen))
    found = cosine_nearest(decoder, torch.from_numpy(rows), count)
    order, _ = brute_force(decoder, rows, count)
    width = min(count, len(rows) - 1)
    np.testing.assert_array_equal(found.index[:, :width], order[:, :width])
    assert (found.index[:, width:] == -1).all()
    assert (found.cosine[:, width:] == 0).all()


def test_scale_and_zero_rows_do_not_matter():
    decoder = torch.tensor([[1.0, 0.0], [9.0, 1.0], [0.0, 0.0], [0.0, 2.0]])
    found = cosine_nearest(decoder, torch.arange(4), 3)
    assert found.index[0].tolist()[0] == 1
    assert np.isfinite(found.cosine).all()
    assert (found.cosine[2] == 0).all()


@pytest.mark.usefixtures("small_blocks")
def test_whoever_listens_hears_of_every_block_and_can_stop_it():
    heard = []

    def tell(done, total):
        heard.append((done, total))
        if done == 2:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        cosine_nearest(torch.randn(50, 4), torch.arange(50), 3, tell)
    assert heard == [(0, 10), (1, 10), (2, 10)]
