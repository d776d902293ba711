"""A context that draws progress bars on the terminal."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import TracebackType

from tqdm import tqdm

from studio.cli.say import visible

#: Seconds between two drawings of a bar: on a terminal, and in a log file.
ON_SCREEN = 0.2
IN_A_FILE = 30.0
#: Stages that say nothing of how far they are get a line instead of a bar.
COUNTLESS = 1
#: Curves shown behind the bar; the run card has them all.
SHOWN = ("fvu", "l0", "dead")


class Terminal:
    """The `Context` of the command line: one tqdm bar a stage, log lines above it, on stderr."""

    def __init__(self, quiet: bool = False) -> None:
        self._quiet = quiet
        self._bar: tqdm[None] | None = None
        self._text = ""
        self._curve: dict[str, str] = {}
        self._every = ON_SCREEN if sys.stderr.isatty() else IN_A_FILE

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._close()

    def report(self, done: float, total: float, text: str = "") -> None:
        """Say which stage has begun; draw its bar once there is something to count."""
        if self._quiet:
            return
        if text and text != self._text:
            self._close()
            self._text = text
            if done == 0:
                tqdm.write(visible(text), file=sys.stderr)
        if self._bar is None and total > COUNTLESS and 0 < done < total:
            self._bar = tqdm(
                total=total, desc=self._text, initial=done, unit="", leave=False, mininterval=self._every
            )
        if self._bar is not None:
            self._move(self._bar, done, total)

    def curve(self, step: int, values: Mapping[str, float]) -> None:
        """The newest value of each curve, behind the bar that moves next."""
        self._curve = {name: f"{value:.4g}" for name, value in values.items() if name in SHOWN}

    def log(self, text: str) -> None:
        """A line above the bar."""
        if not self._quiet:
            tqdm.write(visible(text), file=sys.stderr)

    def check(self) -> None:
        """The command line is stopped by Ctrl+C, which needs no question."""

    def _move(self, bar: tqdm[None], done: float, total: float) -> None:
        bar.total = total
        if self._curve:
            bar.set_postfix(self._curve, refresh=False)
        bar.update(done - bar.n)

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None
        self._curve = {}
