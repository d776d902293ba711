"""The pictures of a data set with what every neuron does on them: the model and the SAE run once more."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from studio.domain.context import Context
from studio.domain.errors import DataError
from studio.domain.sample import ImageSource, Sample
from studio.domain.specs import DataSpec
from studio.services.causal import causal_spec, networks
from studio.services.data import read_samples
from studio.services.projects import provenance
from studio.services.sources import PictureCache
from studio.storage.project import Project

if TYPE_CHECKING:
    from PIL import Image

BATCH = 16


@dataclass(frozen=True, slots=True)
class ImageCode:
    """One picture and its code. `path` is its file, None where it has none; `boxes` float32 [tokens, 4] in
    pixels of `image`; `indices` int [tokens, k] and `values` float32 [tokens, k], 0 where nothing fires."""

    path: Path | None
    image: Image.Image
    boxes: NDArray[np.float32]
    indices: NDArray[np.integer]
    values: NDArray[np.float32]


def data_of(project: Project, asked: DataSpec | None) -> DataSpec:
    """The data set asked for, else that of the extraction. Raises `DataError` where it is not known."""
    if asked is not None:
        return asked
    found = provenance(project).get("data")
    if not isinstance(found, dict) or not found.get("source"):
        raise DataError("This project does not say which data it was made from. Give the data set.")
    return DataSpec(str(found["source"]), found.get("split"), found.get("limit"))


def image_codes(project: Project, data: DataSpec, ctx: Context) -> Iterator[ImageCode]:
    """Each distinct picture once, with the first text it comes with. Raises as `causal.networks`, and
    `DataError` when the data has no pictures."""
    from models.activations import stream

    spec = causal_spec(project)
    ctx.report(0, 1, "Loading the model and the SAE")
    vlm, sae = networks(spec, project, ctx)
    total, pictures = sum(1 for _ in _distinct(data, set())), PictureCache()
    if not total:
        raise DataError(f"“{data.source}” has no pictures, which this score is about.")
    done, told = 0, set[object]()
    for encoded in stream(vlm, _distinct(data, set()), spec.layer, BATCH, ctx, pictures.open):
        for found in encoded.samples:
            yield from _codes(found, pictures.open(found.sample), sae.encode(found.image), told)
            pictures.forget(found.sample.id)
        done += len(encoded.samples) + len(encoded.skipped)
        ctx.report(done, total, "Looking at every picture of the data")
    ctx.report(total, total)


def _distinct(data: DataSpec, known: set[object]) -> Iterator[Sample]:
    """Samples with a picture that has not come yet; file names tell pictures apart, else the bytes do."""
    for sample in read_samples(data):
        fresh = {_key(image) for image in sample.images} - known
        if fresh:
            known |= fresh
            yield sample


def _key(image: ImageSource) -> object:
    return image.path if image.data is None else hashlib.sha256(image.data).digest()


def _codes(found: Any, images: Sequence[Image.Image], code: Any, told: set[object]) -> Iterator[ImageCode]:
    """The sample's pictures that are not `told` yet, each with its own tokens."""
    indices, values = code.indices.cpu().numpy(), code.values.float().cpu().numpy()
    for place, (source, image) in enumerate(zip(found.sample.images, images, strict=True)):
        if (key := _key(source)) in told:
            continue
        told.add(key)
        own = found.tokens.pictures == place
        boxes = np.asarray(found.tokens.boxes[own], np.float32)
        yield ImageCode(source.path, image, boxes, indices[own], values[own])
