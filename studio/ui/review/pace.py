"""How fast the review goes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

RECENT = 50
SHORTEST_S = 20.0


class Pace:
    """Decisions per hour over the last 50 of this sitting; 0 until 20 seconds have been seen."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._times: deque[float] = deque(maxlen=RECENT)

    def count(self) -> None:
        """A decision was saved."""
        self._times.append(self._clock())

    def per_hour(self) -> float:
        """Decisions per hour."""
        if len(self._times) < 2:
            return 0.0
        span = self._times[-1] - self._times[0]
        return 3600 * (len(self._times) - 1) / span if span >= SHORTEST_S else 0.0
