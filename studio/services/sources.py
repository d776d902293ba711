"""The pictures of samples under way: decoded once, kept only as long as they are needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from studio.domain.sample import ImageSource, Sample
from studio.services.pictures import StoredPicture, load_picture, stored_picture

if TYPE_CHECKING:
    from PIL import Image

T = TypeVar("T")

#: Pictures of the last samples, because data sets ask several questions about one picture.
REMEMBERED = 4


class PictureCache:
    """Opens pictures for the model and gives their stored form afterwards."""

    def __init__(self) -> None:
        self._open: dict[str, list[Image.Image]] = {}
        self._decoded: dict[ImageSource, Image.Image] = {}
        self._stored: dict[ImageSource, StoredPicture] = {}

    def open(self, sample: Sample) -> list[Image.Image]:
        """The sample's pictures, RGB; held until `forget`. Raises `DataError`."""
        self._open[sample.id] = [self._decode(source) for source in sample.images]
        return self._open[sample.id]

    def stored(self, sample: Sample) -> list[StoredPicture]:
        """What a project keeps of the sample's pictures, in their order."""
        opened = zip(sample.images, self._open.get(sample.id, ()), strict=True)
        return [self._kept(source, image) for source, image in opened]

    def _kept(self, source: ImageSource, image: Image.Image) -> StoredPicture:
        if source not in self._stored:
            self._stored[source] = stored_picture(image)
            _trim(self._stored)
        return self._stored[source]

    def forget(self, sample_id: str) -> None:
        """Let go of a sample's pictures."""
        self._open.pop(sample_id, None)

    def clear(self) -> None:
        """Let go of all pictures that are not remembered."""
        self._open.clear()

    def _decode(self, source: ImageSource) -> Image.Image:
        if source not in self._decoded:
            self._decoded[source] = load_picture(source)
            _trim(self._decoded)
        return self._decoded[source]


def _trim(cache: dict[ImageSource, T]) -> None:
    while len(cache) > REMEMBERED:
        cache.pop(next(iter(cache)))
