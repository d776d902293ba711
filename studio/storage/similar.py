"""Neighbours and map of all neurons, in the table of columns: an extraction, which replaces that table, takes
them away with the neurons that they were about."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.domain.similar import Alike, Likeness, Neighbours
from studio.storage.blobs import damaged, pack, unpack
from studio.storage.database import Database

#: Neurons in one blob.
BLOCK = 1024
_MAP = "similar.map"


class SimilarTable:
    """Written whole, read one neuron at a time; the map whole."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def write(self, kind: Likeness, neighbours: Neighbours) -> None:
        """Replace the neighbours of one kind, a short transaction for some blocks at a time."""
        with self._db.transaction():
            self._db.execute("DELETE FROM neuron_column WHERE name GLOB ?", (f"similar.{kind.value}.*",))
        for first in range(0, len(neighbours.index), BLOCK):
            part = slice(first, first + BLOCK)
            arrays = [neighbours.index[part], neighbours.value[part], neighbours.shared[part]]
            self._put(_block_name(kind, first), pack(arrays))

    def write_map(self, places: NDArray[np.float32]) -> None:
        """Replace the map: float32 [n, 2], NaN for a neuron that has no place."""
        self._put(_MAP, pack([places.astype(np.float32)], compress=False))

    def of(self, kind: Likeness, neuron: int) -> list[Alike] | None:
        """The neurons most like this one; None where that was not computed. Raises `NotAProjectError`."""
        first = neuron - neuron % BLOCK
        body = self._db.value("SELECT body FROM neuron_column WHERE name=?", (_block_name(kind, first),))
        if body is None:
            return None
        what = "What is known of similar neurons"
        index, value, shared = unpack(body, 3, what)
        if not index.shape == value.shape == shared.shape or index.ndim != 2:
            raise damaged(what)
        if neuron - first >= len(index):
            return []
        rows = zip(*(column[neuron - first].tolist() for column in (index, value, shared)), strict=True)
        return [Alike(int(other), float(v), int(s)) for other, v, s in rows if other >= 0]

    def map(self) -> NDArray[np.float32] | None:
        """Where every neuron stands: float32 [n, 2], NaN without a place; None where there is no map."""
        body = self._db.value("SELECT body FROM neuron_column WHERE name=?", (_MAP,))
        if body is None:
            return None
        (places,) = unpack(body, 1, "The map of the neurons")
        if places.ndim != 2 or places.shape[1] != 2:
            raise damaged("The map of the neurons")
        return places.astype(np.float32)

    def copy_to(self, other: SimilarTable) -> None:
        """Everything that is here into another file, replacing what it has; row by row."""
        with other._db.transaction():
            other._db.execute("DELETE FROM neuron_column WHERE name GLOB 'similar.*'")
        names = self._db.rows("SELECT name FROM neuron_column WHERE name GLOB 'similar.*' ORDER BY name")
        for (name,) in names:
            other._put(name, self._db.value("SELECT body FROM neuron_column WHERE name=?", (name,)))

    def _put(self, name: str, body: bytes) -> None:
        with self._db.transaction():
            self._db.execute("INSERT OR REPLACE INTO neuron_column(name, body) VALUES(?, ?)", (name, body))


def _block_name(kind: Likeness, first: int) -> str:
    return f"similar.{kind.value}.{first:09d}"
