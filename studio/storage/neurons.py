"""Statistics of all neurons: one blob a column, histograms in blocks of 256 neurons."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.domain.errors import ProjectError
from studio.domain.neuron import HISTOGRAM_BINS, NeuronStats, SideStats
from studio.storage.blobs import Array, damaged, pack, unpack
from studio.storage.database import Database

BLOCK = 256
_SIDES = ("image", "text")
_COLUMNS = {"samples": np.int64, "tokens": np.int64, "sum": np.float64, "max": np.float64}


class Neurons:
    """Written whole by an extraction, read whole by the list and one by one by the score panel."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._kept: dict[str, Array] = {}
        database.after_rollback(self.forget)

    def write(self, stats: NeuronStats) -> None:
        """Replace the statistics of all neurons."""
        self.forget()
        with self._db.transaction():
            self._db.execute("DELETE FROM neuron_column")
            self._db.execute("DELETE FROM histogram")
            for name, side in zip(_SIDES, (stats.image, stats.text), strict=True):
                self._write_columns(name, side)
            self._write_histograms(stats)

    def count(self) -> int:
        """How many neurons the SAE has; 0 before an extraction."""
        return 0 if not self._has_any() else len(self.column("image", "tokens"))

    def column(self, side: str, name: str) -> Array:
        """One column of one side ("image", "text"): `samples`, `tokens`, `sum` or `max`; read-only [n]."""
        key = f"{side}.{name}"
        if key in self._kept:
            return self._kept[key]
        body = self._db.value("SELECT body FROM neuron_column WHERE name=?", (key,))
        if body is None:
            raise ProjectError("This project has no neurons yet. Run the extraction first.")
        (array,) = unpack(body, 1, f"The statistics “{key}”")
        if array.ndim != 1:
            raise damaged(f"The statistics “{key}”")
        self._kept[key] = array
        return array

    def forget(self) -> None:
        """Read columns from the file again: they were written by other means."""
        self._kept.clear()

    def totals(self, side: str) -> tuple[int, int]:
        """Samples and tokens of this side seen in the data set, firing or not."""
        samples, tokens = self.column(side, "totals").tolist()
        return samples, tokens

    def stats(self) -> NeuronStats:
        """The statistics of all neurons. Raises `ProjectError` before an extraction."""
        image, text = self._all_histograms()
        return NeuronStats(self._side("image", image), self._side("text", text))

    def histogram(self, neuron: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Histogram of active tokens of one neuron on images and on texts: int64 [HISTOGRAM_BINS] each."""
        first = neuron - neuron % BLOCK
        row = self._db.row("SELECT image, text FROM histogram WHERE first=?", (first,))
        if row is None:
            raise ProjectError(f"There is no neuron {neuron} in this project.")
        image, text = (_block(body, first) for body in row)
        if neuron - first >= len(image) or neuron - first >= len(text):
            raise ProjectError(f"There is no neuron {neuron} in this project.")
        return image[neuron - first].astype(np.int64), text[neuron - first].astype(np.int64)

    def _has_any(self) -> bool:
        return self._db.value("SELECT 1 FROM neuron_column WHERE name='image.tokens'") is not None

    def _write_columns(self, side: str, stats: SideStats) -> None:
        columns: dict[str, Array] = {
            name: np.asarray(getattr(stats, name), dtype) for name, dtype in _COLUMNS.items()
        }
        columns["totals"] = np.array([stats.total_samples, stats.total_tokens], np.int64)
        rows = [(f"{side}.{name}", pack([array], compress=False)) for name, array in columns.items()]
        self._db.executemany("INSERT INTO neuron_column(name, body) VALUES(?, ?)", rows)

    def _write_histograms(self, stats: NeuronStats) -> None:
        def rows() -> Any:
            for first in range(0, len(stats.image.tokens), BLOCK):
                part = slice(first, first + BLOCK)
                yield first, *(pack([_small(s.histogram[part])]) for s in (stats.image, stats.text))

        self._db.executemany("INSERT INTO histogram(first, image, text) VALUES(?, ?, ?)", rows())

    def _all_histograms(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        shape = (self.count(), HISTOGRAM_BINS)
        image, text = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        for first, *bodies in self._db.rows("SELECT first, image, text FROM histogram"):
            for target, body in zip((image, text), bodies, strict=True):
                block = _block(body, first)
                if first < 0 or first + len(block) > shape[0]:
                    raise damaged(f"The histograms from neuron {first}")
                target[first : first + len(block)] = block
        return image, text

    def _side(self, side: str, histogram: NDArray[np.int64]) -> SideStats:
        samples, tokens, total, peak = (self.column(side, name) for name in _COLUMNS)
        if {len(samples), len(tokens), len(total), len(peak)} != {len(histogram)}:
            raise damaged("The statistics of the neurons")
        return SideStats(samples, tokens, total, peak, histogram, *self.totals(side))


def _small(histogram: NDArray[np.int64]) -> Array:
    """The same counts in the smallest unsigned type that holds them."""
    return histogram.astype(np.min_scalar_type(int(histogram.max(initial=0))))


def _block(body: bytes, first: int) -> Array:
    (block,) = unpack(body, 1, f"The histograms from neuron {first}")
    if block.ndim != 2 or block.shape[1] != HISTOGRAM_BINS:
        raise damaged(f"The histograms from neuron {first}")
    return block
