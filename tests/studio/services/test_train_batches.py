"""Batches: shuffled, complete, with a fair share of text, and the same whenever they are asked for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.services.train.batches import LEAST_SHARE, Batches, Shuffled, text_share
from studio.services.train.vectors import VectorFile


@given(rows=st.integers(1, 50), size=st.integers(1, 30), seed=st.integers(0, 5))
def test_every_row_comes_once_in_each_pass(rows: int, size: int, seed: int) -> None:
    order = Shuffled(rows, (seed,))
    taken = np.concatenate([order.take(start, size) for start in range(0, 3 * rows, size)])[: 3 * rows]
    for one_pass in taken.reshape(3, rows):
        assert sorted(one_pass) == list(range(rows))
    assert Shuffled(rows, (seed,)).take(rows // 2, rows).tolist() == taken[rows // 2 :][:rows].tolist()


@given(
    image=st.integers(0, 300), text=st.integers(0, 300), size=st.integers(8, 64), number=st.integers(0, 20)
)
def test_both_sides_get_their_share(image: int, text: int, size: int, number: int) -> None:
    if not image + text:
        return
    first, second = np.arange(image)[:, None] + 0.0, -1.0 - np.arange(text)[:, None]
    batches = Batches(first, second, size, (1,))
    vectors, is_image = batches.batch(number)
    assert len(vectors) == len(is_image) == size
    assert ((vectors[:, 0] >= 0) == is_image).all()
    share = 1 - is_image.mean()
    if image and text:
        assert abs(share - min(max(text / (image + text), LEAST_SHARE), 1 - LEAST_SHARE)) <= 0.5 / size + 1e-9
    else:
        assert share == float(bool(text))
    again = Batches(first, second, size, (1,)).batch(number)
    assert again[0].tolist() == vectors.tolist()


@given(image=st.integers(1, 300), text=st.integers(1, 300), size=st.integers(8, 64))
def test_a_pass_shows_every_vector(image: int, text: int, size: int) -> None:
    batches = Batches(np.arange(image)[:, None] + 0.0, -1.0 - np.arange(text)[:, None], size, (2,))
    seen = np.concatenate([batches.batch(n)[0] for n in range(batches.in_a_pass)])
    assert len(np.unique(seen)) == image + text


def test_the_share_of_text_is_bounded() -> None:
    assert text_share(1000, 10) == LEAST_SHARE
    assert text_share(10, 1000) == 1 - LEAST_SHARE
    assert text_share(60, 40) == pytest.approx(0.4)
    assert (text_share(5, 0), text_share(0, 5)) == (0, 1)


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_vectors_come_back_from_the_disk(tmp_path: Path, dtype: str) -> None:
    file = VectorFile(tmp_path / "v", 3, dtype)
    assert file.map().shape == (0, 3)
    values = np.array([[1.5, -2.25, 1e9], [0.5, 0.25, -1e9]], np.float32)
    file.append(values)
    file.append(values[:1])
    limit = np.finfo(dtype).max
    expected = np.clip(np.concatenate([values, values[:1]]), -limit, limit).astype(dtype)
    assert file.map().tolist() == expected.tolist()
    file.cut(1)
    assert file.map().tolist() == expected[:1].tolist()
