"""Hidden vectors on disk, so that several passes over the data run the model once."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SIDES = ("image", "text")


class VectorFile:
    """Rows of one side, appended in the order of the data; read at random through a memory map."""

    def __init__(self, path: Path, width: int, dtype: str) -> None:
        self.path, self.width, self.dtype = path, width, np.dtype(dtype)

    @property
    def rows(self) -> int:
        """Whole rows in the file."""
        return self.path.stat().st_size // self._row if self.path.exists() else 0

    def append(self, vectors: NDArray[np.float32]) -> None:
        """Add rows [N, width]; what a 16-bit number cannot hold is cut to its largest."""
        if self.dtype == np.float16:
            highest = np.finfo(np.float16).max
            vectors = np.clip(vectors, -highest, highest)
        with open(self.path, "ab") as file:
            file.write(np.ascontiguousarray(vectors, self.dtype).tobytes())

    def cut(self, rows: int) -> None:
        """Keep the first `rows` rows only."""
        if self.path.exists():
            os.truncate(self.path, min(rows, self.rows) * self._row)

    def map(self) -> NDArray[np.floating]:
        """All rows, read-only, [rows, width]."""
        if not self.rows:
            return np.zeros((0, self.width), self.dtype)
        return np.memmap(self.path, self.dtype, "r", shape=(self.rows, self.width))

    @property
    def _row(self) -> int:
        return self.width * self.dtype.itemsize


class VectorStore:
    """The files of both sides, of the vectors to train on or of those held out."""

    def __init__(self, folder: Path, name: str, width: int, dtype: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.files = {side: VectorFile(folder / f"{name}.{side}", width, dtype) for side in SIDES}

    def rows(self) -> dict[str, int]:
        """Rows by side."""
        return {side: file.rows for side, file in self.files.items()}

    def append(self, image: NDArray[np.float32], text: NDArray[np.float32]) -> None:
        """Add the vectors of one sample."""
        for side, vectors in zip(SIDES, (image, text), strict=True):
            if len(vectors):
                self.files[side].append(vectors)

    def cut(self, rows: dict[str, int]) -> None:
        """Keep the first rows of each side only."""
        for side, file in self.files.items():
            file.cut(rows[side])
