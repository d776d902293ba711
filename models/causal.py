"""What a neuron does when one of a sample's modalities is taken away or exchanged (METHOD 5.3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL.Image import Image

from models.activations import Encoded, stream
from models.pictures import hidden
from models.sae import Sae
from models.sae.parts import encode_in_parts
from models.vlm import Vlm
from studio.domain.context import Context
from studio.domain.sample import ImageSource, Sample, Turn

#: The sample as it is, then every intervention in the order in which they run.
AS_IS = "as_is"
INTERVENTIONS = ("blank_image", "blank_text", "replace_text", "mismatch")


@dataclass(frozen=True, slots=True)
class Pair:
    """Pictures (mode RGB) and the turns that go with them."""

    images: tuple[Image, ...]
    turns: tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class Means:
    """Mean activation per token of each latent, float64 [num_latents], firing tokens or not; 0 on a side that
    has no tokens."""

    image: NDArray[np.float64]
    text: NDArray[np.float64]


def intervene(name: str, own: Pair, other: Pair | None) -> Pair | None:
    """`own` after an intervention; None where it takes another pair and there is none.

    blank_image: every pixel has its picture's mean colour, sizes stay. blank_text: the turns stay, their
    words go. replace_text: the words of `other`. mismatch: the pictures of `other` with the own words.
    """
    if name == AS_IS:
        return own
    if name == "blank_image":
        return Pair(tuple(hidden(image, "mean") for image in own.images), own.turns)
    if name == "blank_text":
        return Pair(own.images, tuple(Turn(t.role, "", (0,) * len(t.pictures)) for t in own.turns))
    if name not in INTERVENTIONS:
        raise ValueError(f"Interventions are {', '.join(INTERVENTIONS)}, not {name!r}.")
    if other is None:
        return None
    return Pair(own.images, other.turns) if name == "replace_text" else Pair(other.images, own.turns)


def rerun(
    vlm: Vlm, sae: Sae, layer: int, pairs: Iterable[tuple[str, Pair]], batch_size: int, ctx: Context
) -> Iterator[tuple[str, Means | None]]:
    """Mean activations of every keyed pair; None for one the model cannot read. Keys are unique.

    Batched and sorted by length as `models.activations.stream` does it; those of a batch that cannot be read
    come after the others. Raises `LayerError`, `WidthError`, `Cancelled`.
    """
    images: dict[str, tuple[Image, ...]] = {}

    def samples() -> Iterator[Sample]:
        for key, pair in pairs:
            images[key] = pair.images
            yield Sample(key, (ImageSource(data=b""),) * len(pair.images), pair.turns)

    # The pictures are at hand already; a source only says that the sample has one.
    for found in stream(vlm, samples(), layer, batch_size, ctx, lambda sample: images.pop(sample.id)):
        yield from _means(sae, found).items()
        yield from ((skipped.id, None) for skipped in found.skipped)


def _means(sae: Sae, found: Encoded) -> Mapping[str, Means]:
    if not found.samples:
        return {}
    code = encode_in_parts(sae, found.vectors()[0])
    indices, values = code.indices.cpu().numpy(), code.values.cpu().numpy()
    means, at = {}, 0
    for sample in found.samples:
        middle = at + len(sample.image)
        end = middle + len(sample.text)
        sides = [_mean(indices[a:b], values[a:b], sae.num_latents) for a, b in ((at, middle), (middle, end))]
        means[sample.sample.id] = Means(*sides)
        at = end
    return means


def _mean(indices: NDArray[np.int32], values: NDArray[np.float32], latents: int) -> NDArray[np.float64]:
    """Only what fires counts, as in the extraction: a signed SAE's negative values do not."""
    positive = np.maximum(values, 0).reshape(-1)
    total = np.bincount(indices.reshape(-1), positive, minlength=latents)
    return total / max(len(indices), 1)
