"""The pictures of a data set with what every neuron does on them: the model and the SAE run once more."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
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
    total, pictures = sum(1 for _ in _distinct(data)), PictureCache()
    if not total:
        raise DataError(f"“{data.source}” has no pictures, which this score is about.")
    done = 0
    for encoded in stream(vlm, _distinct(data), spec.layer, BATCH, ctx, pictures.open):
        for found in encoded.samples:
            code = sae.encode(found.image)
            yield _code(found, pictures.open(found.sample)[0], code)
            pictures.forget(found.sample.id)
        done += len(encoded.samples) + len(encoded.skipped)
        ctx.report(done, total, "Looking at every picture of the data")
    ctx.report(total, total)


def _distinct(data: DataSpec) -> Iterator[Sample]:
    """Samples of a picture that has not come yet; file names tell pictures apart, else the bytes do."""
    known = set()
    for sample in read_samples(data):
        key = _key(sample.images[0]) if sample.images else None
        if key is not None and key not in known:
            known.add(key)
            yield sample


def _key(image: ImageSource) -> object:
    return image.path if image.data is None else hashlib.sha256(image.data).digest()


def _code(found: Any, image: Image.Image, code: Any) -> ImageCode:
    return ImageCode(
        found.sample.images[0].path,
        image,
        np.asarray(found.tokens.boxes, np.float32),
        code.indices.cpu().numpy(),
        code.values.float().cpu().numpy(),
    )
