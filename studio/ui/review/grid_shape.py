"""Cells of equal size in a width, as many in a row as fit, each with room for a caption below."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from PySide6.QtCore import QPoint, QRect

GAP, CAPTION = 12, 22
#: The smallest cell, by the width of the grid.
SMALLEST = ((640, 100), (1000, 128), (1 << 30, 192))
LEAST = 32


@dataclass(frozen=True)
class GridShape:
    """The cells of a grid `width` logical pixels wide; places count from the top left."""

    width: int

    @cached_property
    def columns(self) -> int:
        """How many cells stand in a row."""
        wanted = next(cell for limit, cell in SMALLEST if self.width < limit)
        return max(2, (self.width + GAP) // (wanted + GAP))

    @cached_property
    def cell(self) -> int:
        """The side of a cell."""
        return max((self.width - GAP * (self.columns - 1)) // self.columns, LEAST)

    def rows(self, count: int) -> int:
        """How many rows `count` cells need."""
        return -(-count // self.columns)

    def height(self, rows: int) -> int:
        """The height that `rows` rows need."""
        return max(rows * (self.cell + CAPTION + GAP) - GAP, 0)

    def rect(self, place: int) -> QRect:
        """The picture's square."""
        row, column = divmod(place, self.columns)
        step = self.cell + GAP
        return QRect(column * step, row * (step + CAPTION), self.cell, self.cell)

    def caption(self, place: int) -> QRect:
        """The room below it."""
        picture = self.rect(place)
        return QRect(picture.left(), picture.bottom() + 2, self.cell, CAPTION - 4)

    def place_at(self, point: QPoint) -> int | None:
        """The place under a point, whether there is an example or not; None between two."""
        column, x = divmod(point.x(), self.cell + GAP)
        row = point.y() // (self.cell + CAPTION + GAP)
        inside = 0 <= column < self.columns and x < self.cell
        return row * self.columns + column if inside else None
