"""Hidden vectors of a stream of samples: image and text tokens only, in the order of the samples."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

import torch
from PIL.Image import Image
from torch import Tensor

from models.device import free_after_failure, is_out_of_memory
from models.vlm import TokenMap, Vlm
from models.vlm.capture import check_layer
from models.vlm.preparing import Prompt
from studio.domain.context import Context
from studio.domain.errors import DataError
from studio.domain.sample import Sample, Skipped

OpenImages = Callable[[Sample], Sequence[Image]]

WINDOW_BATCHES = 4  # so many batches are sorted by length among themselves
WINDOW_BYTES = 512 * 2**20  # of hidden vectors, at most, held to put results back in order


@dataclass(frozen=True, slots=True)
class EncodedSample:
    """`image` [n_img, d] and `text` [n_txt, d], float32 on the model's device, rows as in `tokens`.

    `sizes` are (width, height) of the sample's pictures in pixels.
    """

    sample: Sample
    tokens: TokenMap
    image: Tensor
    text: Tensor
    sizes: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Encoded:
    """Consecutive samples of the stream. `skipped` are those among and before them that were left out."""

    samples: tuple[EncodedSample, ...]
    skipped: tuple[Skipped, ...] = ()

    def vectors(self) -> tuple[Tensor, Tensor]:
        """All hidden vectors, float32 [N, d], sample after sample, image before text, and which of them are
        of image tokens, bool [N]; both on the model's device. Not for an empty batch."""
        parts = [part for s in self.samples for part in (s.image, s.text)]
        kinds = [torch.full((len(part),), i % 2 == 0, device=part.device) for i, part in enumerate(parts)]
        return torch.cat(parts), torch.cat(kinds)


def stream(
    vlm: Vlm, samples: Iterable[Sample], layer: int, batch_size: int, ctx: Context, open_images: OpenImages
) -> Iterator[Encoded]:
    """Hidden vectors after decoder layer `layer` of every readable sample, `batch_size` at a time.

    Samples of similar length run together, but come out in the order in which they came in. A sample whose
    pictures or text cannot be used is left out and named. When memory runs out the batch is halved, and the
    run goes on with the smaller one. Raises `LayerError` at once, and `Cancelled`.
    """
    check_layer(layer, vlm.layer_count, vlm.layer_kind)
    return _stream(_Run(vlm, layer, batch_size, ctx), iter(samples), open_images)


def _stream(run: _Run, samples: Iterator[Sample], open_images: OpenImages) -> Iterator[Encoded]:
    window: list[Prompt | Skipped] = []
    for sample in samples:
        run.ctx.check()
        window.append(_read(run.vlm, sample, open_images))
        if _full(run, window):
            yield from run.window(window)
            window = []
    if window:
        yield from run.window(window)


def _full(run: _Run, window: Sequence[Prompt | Skipped]) -> bool:
    tokens = sum(p.size for p in window if isinstance(p, Prompt))
    return len(window) >= WINDOW_BATCHES * run.asked or tokens * run.vlm.hidden_size * 4 >= WINDOW_BYTES


def _read(vlm: Vlm, sample: Sample, open_images: OpenImages) -> Prompt | Skipped:
    try:
        return vlm.prompt(sample, open_images(sample))
    except DataError as error:
        return Skipped(sample.id, str(error))


@dataclass(slots=True)
class _Run:
    """`asked` samples make a batch of the stream; `fits` of them are known to fit in memory at once."""

    vlm: Vlm
    layer: int
    asked: int
    ctx: Context
    fits: int = field(init=False)

    def __post_init__(self) -> None:
        self.fits = self.asked

    def window(self, window: Sequence[Prompt | Skipped]) -> Iterator[Encoded]:
        """Encode a window by length, and give it back in order."""
        order = sorted(
            (i for i, p in enumerate(window) if isinstance(p, Prompt)), key=lambda i: window[i].size
        )
        done: dict[int, EncodedSample | Skipped] = {}
        while order:
            group, order = order[: self.fits], order[self.fits :]
            self.ctx.check()
            done |= zip(group, self._encode([window[i] for i in group]), strict=True)
        results = iter([done.get(i, p) for i, p in enumerate(window)])
        while batch := list(islice(results, self.asked)):
            kept = tuple(r for r in batch if isinstance(r, EncodedSample))
            yield Encoded(kept, tuple(r for r in batch if isinstance(r, Skipped)))

    def _encode(self, prompts: Sequence[Prompt]) -> list[EncodedSample | Skipped]:
        """Encode together; what cannot be done together is tried in halves, down to single samples."""
        try:
            return self._together(prompts)
        except DataError as error:
            reason = str(error)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            self.fits = max(1, min(self.fits, len(prompts) // 2))
            reason = "There is not enough memory for it on the device, even alone."
        if len(prompts) == 1:
            return [Skipped(prompts[0].sample.id, reason)]
        free_after_failure(self.vlm.device)
        half = len(prompts) // 2
        return self._encode(prompts[:half]) + self._encode(prompts[half:])

    def _together(self, prompts: Sequence[Prompt]) -> list[EncodedSample | Skipped]:
        batch = self.vlm.collate(prompts)
        hidden = self.vlm.hidden(batch, self.layer).to(self.vlm.device)  # layers may be spread
        return [encoded(p, batch.tokens[row], hidden[row]) for row, p in enumerate(prompts)]


def encoded(p: Prompt, tokens: TokenMap, hidden: Tensor) -> EncodedSample | Skipped:
    """The vectors of one sample, taken from its row `hidden` [T, d] of a batch."""
    image, text = (
        hidden[torch.from_numpy(positions).to(hidden.device)].float()
        for positions in (tokens.image_positions, tokens.text_positions)
    )
    if not (image.isfinite().all() and text.isfinite().all()):
        return Skipped(p.sample.id, "The model's hidden state has numbers that are not finite.")
    return EncodedSample(p.sample, tokens, image, text, tuple(i.size for i in p.images))
