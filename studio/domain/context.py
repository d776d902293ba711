"""The line between a long piece of work and whoever waits for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol, TypeVar

#: Items between two reports of `watched`.
EVERY = 256
_Item = TypeVar("_Item")


class Context(Protocol):
    """Handed to every long service. Methods are cheap; call `check` at least twice a second."""

    def report(self, done: float, total: float, text: str = "") -> None:
        """`done` of `total` units; `text` is a short plain sentence, empty to keep the last one."""

    def curve(self, step: int, values: Mapping[str, float]) -> None:
        """One point of each live curve, by name (`loss`, `fvu_image`, `fvu_text`, `l0`, `dead` ...)."""

    def log(self, text: str) -> None:
        """A line for the job's log: something skipped, something resumed."""

    def check(self) -> None:
        """Raise `studio.domain.errors.Cancelled` when the user has cancelled."""


class Quiet:
    """A context for notebooks and tests: says nothing, never cancels."""

    def report(self, done: float, total: float, text: str = "") -> None: ...

    def curve(self, step: int, values: Mapping[str, float]) -> None: ...

    def log(self, text: str) -> None: ...

    def check(self) -> None: ...


def watched(
    items: Iterable[_Item], total: int, ctx: Context, text: str = "", before: int = 0
) -> Iterator[_Item]:
    """The same items: progress is reported as they are taken, and cancel looked for. `before` of the `total`
    were done when they begin."""
    for done, item in enumerate(items):
        if done % EVERY == 0:
            ctx.check()
            ctx.report(before + done, total, text)
        yield item
