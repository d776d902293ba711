"""The stream of hidden vectors: whole, in order, whatever the batch size, and on past bad samples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from models.activations import EncodedSample, stream
from models.vlm import Vlm
from studio.domain.context import Quiet
from studio.domain.errors import Cancelled, DataError, LayerError
from studio.domain.sample import ImageSource, Sample, Skipped, Turn

LAYER = 2
FILE = ImageSource(data=b"")


def _samples(count: int = 13) -> list[Sample]:
    """Mixed: with and without picture, short and long."""
    return [
        Sample(
            f"s{i}",
            (FILE,) * (i % 4 != 3),
            (
                Turn("user", "How many cats are there? " * (1 + i * 7 % 5)),
                Turn("assistant", "Two." * (i % 2)),
            ),
        )
        for i in range(count)
    ]


def _open(sample: Sample) -> Sequence[Image.Image]:
    i = int(sample.id[1:])
    noise = np.random.default_rng(i).integers(0, 255, (8, 8, 3), np.uint8)
    sizes = [(90, 90), (200, 70), (64, 180)]
    return [Image.fromarray(noise).resize(sizes[i % 3]) for _ in sample.images]


def _run(vlm: Vlm, samples: Sequence[Sample], size: int, opener: Any = _open) -> tuple[Any, Any]:
    batches = list(stream(vlm, iter(samples), LAYER, size, Quiet(), opener))
    return [s for b in batches for s in b.samples], [s for b in batches for s in b.skipped]


@pytest.fixture(scope="module")
def reference(llava: Vlm) -> list[EncodedSample]:
    """One by one, by hand."""
    found = []
    for sample in _samples():
        images = _open(sample)
        batch = llava.prepare([(sample, images)])
        hidden, tokens = llava.hidden(batch, LAYER)[0], batch.tokens[0]
        image, text = hidden[tokens.image_positions.tolist()], hidden[tokens.text_positions.tolist()]
        found.append(EncodedSample(sample, tokens, image, text, tuple(i.size for i in images)))
    return found


@pytest.mark.parametrize("size", [1, 2, 3, 8, 100])
def test_nothing_depends_on_the_batch_size(llava: Vlm, reference: list[EncodedSample], size: int) -> None:
    found, skipped = _run(llava, _samples(), size)
    assert skipped == []
    assert [s.sample.id for s in found] == [s.sample.id for s in reference]
    for mine, theirs in zip(found, reference, strict=True):
        torch.testing.assert_close(mine.image, theirs.image, rtol=0, atol=1e-5)
        torch.testing.assert_close(mine.text, theirs.text, rtol=0, atol=1e-5)
        np.testing.assert_array_equal(mine.tokens.boxes, theirs.tokens.boxes)
        assert mine.tokens.tokens == theirs.tokens.tokens
        assert (mine.sizes, mine.sample) == (theirs.sizes, theirs.sample)


def test_batches_have_the_size_asked_for_and_float32(llava: Vlm) -> None:
    batches = list(stream(llava, _samples(), LAYER, 5, Quiet(), _open))
    assert [len(b.samples) for b in batches] == [5, 5, 3]
    for batch in batches:
        vectors, is_image = batch.vectors()
        assert (vectors.dtype, is_image.dtype) == (torch.float32, torch.bool)
        assert vectors.shape == (sum(len(s.image) + len(s.text) for s in batch.samples), llava.hidden_size)
        assert int(is_image.sum()) == sum(len(s.image) for s in batch.samples)
        torch.testing.assert_close(vectors[is_image], torch.cat([s.image for s in batch.samples]))
        torch.testing.assert_close(vectors[~is_image], torch.cat([s.text for s in batch.samples]))


def test_unreadable_samples_are_named_and_the_rest_goes_on(llava: Vlm) -> None:
    samples = _samples(9)
    samples[4] = Sample("s4", (FILE,), (Turn("user", "What is <image>?"),))
    samples[7] = Sample("s7", (), (Turn("user", "a dog " * 600),))

    def opener(sample: Sample) -> Sequence[Image.Image]:
        if sample.id == "s1":
            raise DataError("s1.jpg is damaged.")
        return _open(sample)

    found, skipped = _run(llava, samples, 3, opener)
    assert [s.sample.id for s in found] == ["s0", "s2", "s3", "s5", "s6", "s8"]
    assert [s.id for s in skipped] == ["s1", "s4", "s7"]
    assert skipped[0] == Skipped("s1", "s1.jpg is damaged.")
    assert "contains <image>" in skipped[1].reason
    assert "reads at most 1024" in skipped[2].reason


def test_a_batch_of_nothing_readable(llava: Vlm) -> None:
    samples = [Sample(f"s{i}", (FILE,), (Turn("user", "<image>"),)) for i in range(3)]
    found, skipped = _run(llava, samples, 2)
    assert found == []
    assert len(skipped) == 3


def _short_of_memory(vlm: Vlm, room: int, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Let the first layer run out of memory above `room` samples; the batch sizes tried."""
    tried, forward = [], vlm.layers[0].forward

    def limited(hidden: torch.Tensor, *args: Any, **kwargs: Any) -> Any:
        tried.append(len(hidden))
        if len(hidden) > room:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return forward(hidden, *args, **kwargs)

    monkeypatch.setattr(vlm.layers[0], "forward", limited)
    return tried


def test_out_of_memory_halves_the_batch_and_goes_on(
    llava: Vlm, reference: list[EncodedSample], monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = _short_of_memory(llava, 2, monkeypatch)
    found, skipped = _run(llava, _samples(), 8)
    assert skipped == []
    assert [s.sample.id for s in found] == [s.sample.id for s in reference]
    torch.testing.assert_close(found[5].image, reference[5].image, rtol=0, atol=1e-5)
    assert tried[:3] == [8, 4, 2]
    assert max(tried[3:]) <= 4, "the smaller batch is kept"
    assert sum(size > 2 for size in tried) <= 3


def test_not_enough_memory_for_one(llava: Vlm, monkeypatch: pytest.MonkeyPatch) -> None:
    _short_of_memory(llava, 0, monkeypatch)
    found, skipped = _run(llava, _samples(3), 2)
    assert found == []
    assert {s.reason for s in skipped} == {"There is not enough memory for it on the device, even alone."}


def test_numbers_that_are_not_finite(llava: Vlm, monkeypatch: pytest.MonkeyPatch) -> None:
    forward = llava.layers[1].forward
    monkeypatch.setattr(llava.layers[1], "forward", lambda *a, **k: forward(*a, **k) * float("inf"))
    found, skipped = _run(llava, _samples(2), 2)
    assert found == []
    assert "not finite" in skipped[0].reason


def test_a_wrong_layer_is_said_before_anything_is_read(llava: Vlm) -> None:
    with pytest.raises(LayerError):
        stream(llava, iter(()), 4, 2, Quiet(), _open)


def test_cancelling(llava: Vlm) -> None:
    class Impatient(Quiet):
        left = 7

        def check(self) -> None:
            self.left -= 1
            if not self.left:
                raise Cancelled

    with pytest.raises(Cancelled):
        list(stream(llava, _samples(), LAYER, 2, Impatient(), _open))


def test_only_a_window_is_read_ahead(llava: Vlm) -> None:
    """A data set larger than memory: samples are taken as they are needed."""
    taken = []

    def endless() -> Any:
        for i in range(10**6):
            taken.append(i)
            yield Sample(f"s{i}", (), (Turn("user", "A dog?"),))

    first = next(iter(stream(llava, endless(), LAYER, 2, Quiet(), _open)))
    assert len(first.samples) == 2
    assert len(taken) <= 8
