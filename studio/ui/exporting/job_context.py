"""The context of a service that runs in the `db` lane: progress and cancel go through the lane's job."""

from __future__ import annotations

from collections.abc import Mapping

from studio.services.jobs import Job


class JobContext:
    """A `Context` that is handed over before its job is known; until then it says nothing."""

    def __init__(self) -> None:
        self.job: Job | None = None

    def report(self, done: float, total: float, text: str = "") -> None:
        if self.job is not None:
            self.job.report(done, total, text)

    def curve(self, step: int, values: Mapping[str, float]) -> None:
        """An export has no curves."""

    def log(self, text: str) -> None:
        if self.job is not None:
            self.job.log(text)

    def check(self) -> None:
        if self.job is not None:
            self.job.check()
