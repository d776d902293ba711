"""The linear form against the definition over pairs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.scorers import MonoSemanticity


def pairwise(activations: np.ndarray, embeddings: np.ndarray) -> np.ndarray:
    """MS from its definition: a mean over all ordered pairs of different images."""
    scores = []
    for column in activations.T:
        a = (column - column.min()) / (column.max() - column.min())
        top = bottom = 0.0
        for i in range(len(a)):
            for j in range(len(a)):
                if i != j:
                    top += a[i] * a[j] * float(embeddings[i] @ embeddings[j])
                    bottom += a[i] * a[j]
        scores.append(top / bottom)
    return np.array(scores)


def world(seed: int, images: int = 14, neurons: int = 4, width: int = 6) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    embeddings = rng.normal(size=(images, width))
    embeddings /= np.linalg.norm(embeddings, axis=1, keepdims=True)
    return np.maximum(rng.normal(size=(images, neurons)), 0) + rng.random(), embeddings


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 13))
def test_equals_the_definition_and_merges(seed: int, cut: int) -> None:
    a, e = world(seed)
    one, two = MonoSemanticity(4, 6), MonoSemanticity(4, 6)
    one.add(a[:cut], e[:cut])
    two.add(a[cut:], e[cut:])
    one.merge(two)
    np.testing.assert_allclose(one.scores(), pairwise(a, e), atol=1e-6)


def test_same_images_score_one_and_dead_neurons_score_nan() -> None:
    e = np.tile([[0.6, 0.8]], (5, 1))
    score = MonoSemanticity(3, 2)
    score.add(np.array([[0, 1, 0], [0, 2, 1], [0, 3, 0], [0, 1, 0], [0, 2, 0]], float), e)
    found = score.scores()
    assert np.isnan(found[0])
    assert found[1] == pytest.approx(1.0)
    assert np.isnan(found[2])
