"""One curve, kept small: when it is full, every second point goes."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

MAX_POINTS = 4000


@dataclass
class Series:
    """Steps and values in order; `stride` steps between kept points grows as the curve does."""

    steps: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    last: float = float("nan")
    _stride: int = 1
    _seen: int = 0

    def add(self, step: int, value: float) -> None:
        """Append a point; memory stays bounded, whatever the length of the run.

        A value that is no number (a batch without text has no FVU of text) leaves a gap.
        """
        if not math.isfinite(value):
            return
        self.last = value
        if self._seen % self._stride == 0:
            self.steps.append(step)
            self.values.append(value)
        self._seen += 1
        if len(self.steps) >= MAX_POINTS:
            self.steps, self.values = self.steps[::2], self.values[::2]
            self._stride *= 2
