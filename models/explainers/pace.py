"""When the next question may go out: a rate, a server's Retry-After, growing waits. Standard library only."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

#: Seconds that a server's Retry-After is believed at most.
LONGEST_WAIT = 600.0


class Pace:
    """At most `per_minute` questions a minute (0: no limit), evenly spread; waits end at once on `stop`."""

    def __init__(self, per_minute: float = 0.0) -> None:
        self._gap = 60.0 / per_minute if per_minute > 0 else 0.0
        self._next = 0.0
        self._lock = threading.Lock()
        self._stopped = threading.Event()

    def turn(self) -> bool:
        """Wait for one's turn; False when stopped meanwhile."""
        with self._lock:
            at = max(time.monotonic(), self._next)
            self._next = at + self._gap
        return self.sleep(at - time.monotonic())

    def hold(self, seconds: float) -> None:
        """Nobody asks for so long: the server said so."""
        with self._lock:
            self._next = max(self._next, time.monotonic() + seconds)

    def sleep(self, seconds: float) -> bool:
        """Wait; False when stopped meanwhile."""
        return not self._stopped.wait(max(0.0, seconds))

    def stop(self) -> None:
        """End every wait, now and from now on."""
        self._stopped.set()


def retry_after(value: str | None) -> float | None:
    """Seconds that a Retry-After header asks for: a number or a date (RFC 9110, 10.2.3); None for neither."""
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError):
            return None
    return min(max(0.0, seconds), LONGEST_WAIT) if seconds == seconds else None
