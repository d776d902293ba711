"""Splits and slices as Hugging Face data sets spell them: "train", "train[:15%]", "test[100:200]"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from studio.api import DataError

Row = TypeVar("Row")

SPLIT = re.compile(r"^\s*(?P<name>[\w.-]*)\s*(\[(?P<start>\d{1,15}%?)?:(?P<stop>\d{1,15}%?)?\])?\s*$")


@dataclass(frozen=True, slots=True)
class Split:
    """`start` and `stop` are rows, or percent of all rows where `percent` says so; None is open."""

    name: str = ""
    start: int | None = None
    stop: int | None = None
    percent: tuple[bool, bool] = (False, False)

    @property
    def counts(self) -> bool:
        """Whether the number of all rows has to be known before the first is read."""
        return self.percent[0]

    @property
    def share(self) -> int | None:
        """The last row in percent of all; None where it is given otherwise."""
        return self.stop if self.percent[1] else None

    def bounds(self, total: int | None) -> tuple[int, int | None]:
        """First row, and the row after the last (None: to the end). Percent are rounded to the nearest
        row, as Hugging Face data sets do. Raises `DataError` when `total` is needed and not known."""
        if any(self.percent) and total is None:
            raise DataError(
                "This data set does not say how many rows it has, so a slice in percent cannot be taken. "
                "Give rows instead, such as train[:1000]."
            )
        ends = []
        for value, percent in zip((self.start, self.stop), self.percent, strict=True):
            ends.append(round(value * (total or 0) / 100) if value is not None and percent else value)
        return ends[0] or 0, ends[1]


def up_to(rows: Iterator[Row], share: int, counts: Iterator[int]) -> Iterator[Row]:
    """The first `share` percent of `rows`, of which there are at least as many as `counts` says, ever more.
    No more are counted than must be to know that the next one is among them."""
    known = 0
    for place, row in enumerate(rows):
        while place >= round(share * known / 100):
            more = next(counts, None)
            if more is None:
                return
            known = more
        yield row


def parse_split(text: str | None) -> Split:
    """Read "NAME", "NAME[a:b]" or "[a:b]". Raises `DataError` for anything else."""
    match = SPLIT.match(text or "")
    if match is None:
        raise DataError(f"“{text}” is no split. Write it as train, train[:15%] or train[100:200].")
    ends = match["start"], match["stop"]
    values = [None if end is None else int(end.rstrip("%")) for end in ends]
    percent = tuple(end is not None and end.endswith("%") for end in ends)
    if any(value is not None and is_share and value > 100 for value, is_share in zip(values, percent)):
        raise DataError(f"“{text}” asks for more than 100 %.")
    return Split(match["name"], values[0], values[1], (percent[0], percent[1]))
