"""Which parts of a picture were brushed away: a grid of cells, in pixels of the original. No Qt."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: Cells along the longer side of a picture: finer than the tokens of any model.
CELLS = 64

Box = tuple[float, float, float, float]


class EraseMask:
    """`erased` bool [rows, columns]; `cell` is the side of a cell in pixels."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = max(width, 1), max(height, 1)
        self.cell = max(self.width, self.height) / CELLS
        shape = -(-self.height // self.cell), -(-self.width // self.cell)
        self.erased: NDArray[np.bool_] = np.zeros((int(shape[0]), int(shape[1])), np.bool_)

    def __bool__(self) -> bool:
        return bool(self.erased.any())

    def dab(self, x: float, y: float, radius: float) -> bool:
        """Erase the cells whose middle lies within `radius` of a point, and the one under the point; whether
        that changed anything."""
        rows, columns = np.indices(self.erased.shape)
        middle_x, middle_y = (columns + 0.5) * self.cell, (rows + 0.5) * self.cell
        near = (middle_x - x) ** 2 + (middle_y - y) ** 2 <= radius**2
        row, column = int(y // self.cell), int(x // self.cell)
        if 0 <= row < near.shape[0] and 0 <= column < near.shape[1]:
            near[row, column] = True
        changed = bool((near & ~self.erased).any())
        self.erased |= near
        return changed

    def clear(self) -> None:
        """Nothing is erased any more."""
        self.erased[:] = False

    @property
    def share(self) -> float:
        """The share of the picture that is erased."""
        return float(self.erased.mean())

    def boxes(self) -> tuple[Box, ...]:
        """The erased cells as boxes x0, y0, x1, y1: runs within a row, equal runs of rows below each other as
        one."""
        found: list[Box] = []
        open_runs: dict[tuple[int, int], int] = {}
        for row in range(len(self.erased) + 1):
            runs = _runs(self.erased[row]) if row < len(self.erased) else set()
            for run in [run for run in open_runs if run not in runs]:
                found.append(self._box(run, open_runs.pop(run), row))
            for run in runs:
                open_runs.setdefault(run, row)
        return tuple(sorted(found))

    def _box(self, run: tuple[int, int], first: int, last: int) -> Box:
        x0, x1 = (min(edge * self.cell, self.width) for edge in run)
        y0, y1 = (min(edge * self.cell, self.height) for edge in (first, last))
        return float(x0), float(y0), float(x1), float(y1)


def _runs(row: NDArray[np.bool_]) -> set[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], row, [False]]).astype(np.int8)))
    return set(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
