"""A look at a data set before anything runs on it: the first samples, the columns, what would be left out."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from studio.domain.context import Context
from studio.domain.errors import DataError
from studio.domain.interfaces import DataReader
from studio.domain.preview import Preview, ShownPicture, ShownSample
from studio.domain.sample import Sample, Skipped
from studio.domain.specs import DataSpec, ModelSpec
from studio.services.data import open_data, read_all
from studio.services.pictures import load_picture
from studio.services.plugin_guard import PluginError
from studio.services.plugin_host import PluginHost, load_plugins

if TYPE_CHECKING:
    from PIL import Image

    from models.vlm.reading import Reading

#: Samples that are shown, records that are looked at for what is wrong with them, and how long at most.
SHOWN = 10
LOOKED_AT = 1000
SECONDS = 0.3
#: Longer side of a shown picture, in pixels.
EDGE = 192


def preview(data: DataSpec, model: ModelSpec | None, ctx: Context) -> Preview:
    """Read the first records of `data`, as a run would. No weights are loaded, nothing is written.

    With a `model`, samples are written in its chat template and image tokens counted, from its processor and
    configuration. What is wrong with single records is in the preview; raises `DataError` when the data set
    cannot be read at all, `ModelError` and `NetworkError` for the model.
    """
    ctx.report(0, 1, "Looking at the data")
    host = load_plugins()
    reader = open_data(data, host)
    look = _Look(_reading(model, host), ctx)
    look.through(read_all(data, host))
    try:
        columns = columns_of(reader)
    except PluginError as error:
        columns, look.said = {}, look.said or str(error)
    return look.preview(columns)


def columns_of(reader: DataReader) -> dict[str, str]:
    """The reader's columns, where it knows of any."""
    known: Any = getattr(reader, "columns", None)
    return dict(known()) if callable(known) else {}


def _reading(model: ModelSpec | None, host: PluginHost) -> Reading | None:
    if model is None:
        return None
    from models.quiet import quiet_libraries
    from models.vlm.reading import load_reading
    from studio.services.model_plugins import vlm_adapters

    with quiet_libraries():
        return load_reading(model, vlm_adapters(host))


@dataclass
class _Look:
    """What was found so far."""

    reading: Reading | None
    ctx: Context
    shown: list[ShownSample] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    missing: int = 0
    renamed: int = 0
    looked: int = 0
    whole: bool = False
    said: str = ""

    def through(self, records: Iterator[Sample | Skipped]) -> None:
        """Take records in until enough is known."""
        until = time.monotonic() + SECONDS
        try:
            for item in records:
                self.ctx.check()
                self.looked += 1
                self._take(item)
                enough = len(self.shown) >= SHOWN and time.monotonic() > until
                if enough or self.looked >= LOOKED_AT:
                    return
            self.whole = True
        except DataError as error:
            if not self.looked:
                raise
            self.said = str(error)

    def preview(self, columns: dict[str, str]) -> Preview:
        found = tuple(self._warnings())
        return Preview(tuple(self.shown), columns, tuple(self.skipped), found, self.looked, self.whole)

    def _take(self, item: Sample | Skipped) -> None:
        if isinstance(item, Sample):
            self.renamed += "duplicate_of" in item.extra
            item = self._problem(item) or item
        if isinstance(item, Sample) and len(self.shown) < SHOWN:
            try:
                self.shown.append(self._show(item))
                return
            except DataError as error:
                item = Skipped(item.id, str(error))
        if isinstance(item, Skipped):
            self.skipped.append(item)

    def _problem(self, sample: Sample) -> Skipped | None:
        """Why a run would leave the sample out, as far as can be told without opening pictures."""
        gone = [i.path.name for i in sample.images if i.path is not None and not i.path.is_file()]
        self.missing += bool(gone)
        return Skipped(sample.id, f"The picture {gone[0]} is missing.") if gone else None

    def _show(self, sample: Sample) -> ShownSample:
        images = [load_picture(source) for source in sample.images]
        pictures = tuple(_small(image) for image in images)
        if self.reading is None:
            return ShownSample(sample.id, pictures, sample.turns)
        prompt = self.reading.prompt(sample, images)
        tokens = sum(len(layout) for layout in prompt.layouts)
        return ShownSample(sample.id, pictures, sample.turns, prompt.text.text, tokens)

    def _warnings(self) -> Iterator[str]:
        if self.said:
            yield self.said
        if self.renamed:
            yield f"Ids that were there before: {self.renamed:,}. These samples are kept as ID#2, ID#3 …"
        if self.missing:
            yield f"Samples whose picture is missing: {self.missing:,}. Do the pictures lie in this folder?"
        if self.reading is not None and not self.reading.adapter.reads_text:
            yield "This model is a vision tower: it reads the pictures, and none of the text."
        if not (self.shown or self.said):
            yield "None of the records looked at can be used. Is each column taken for what it is?"


def _small(image: Image.Image) -> ShownPicture:
    scale = min(1.0, EDGE / max(image.size))
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    small = image.resize(size, reducing_gap=2.0)
    out = io.BytesIO()
    small.save(out, "JPEG", quality=85)
    return ShownPicture(out.getvalue(), image.width, image.height)
