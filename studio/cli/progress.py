"""A context that draws progress bars on the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType

from tqdm import tqdm


class Terminal:
    """The `Context` of the command line: one tqdm bar a stage, log lines above it, on stderr."""

    def __init__(self, quiet: bool = False) -> None:
        self._quiet = quiet
        self._bar: tqdm[None] | None = None
        self._text = ""

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._close()

    def report(self, done: float, total: float, text: str = "") -> None:
        """Move the bar; a new text starts a new bar."""
        if self._quiet:
            return
        if self._bar is None or (text and text != self._text):
            self._close()
            self._text = text
            self._bar = tqdm(total=total, desc=text or None, unit="", leave=True, mininterval=0.2)
        self._bar.total = total
        self._bar.n = done
        self._bar.refresh() if done >= total else self._bar.update(0)

    def curve(self, step: int, values: Mapping[str, float]) -> None:
        """The newest value of each curve, behind the bar."""
        if self._bar is not None:
            shown = {name: f"{value:.4g}" for name, value in values.items()}
            self._bar.set_postfix(shown, refresh=False)

    def log(self, text: str) -> None:
        """A line above the bar."""
        if not self._quiet:
            tqdm.write(text)

    def check(self) -> None:
        """The command line is stopped by Ctrl+C, which needs no question."""

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None
