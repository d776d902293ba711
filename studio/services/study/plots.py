"""Plots of a study as SVG text: for the report, where colours are CSS variables, and for the window.

Colours go into `style`, since `var()` does not work in presentation attributes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

import numpy as np

Colours = Mapping[str, str]
#: For the report: the values are in its style sheet.
CSS: Colours = {
    name: f"var(--{name})" for name in ("text", "muted", "line", "ours", "other", "worse", "same")
}

WIDTH, LABEL, RIGHT, ROW, TOP, BOTTOM = 760, 190, 74, 30, 34, 30
FONT = "font-family:system-ui,'Segoe UI',Helvetica,Arial,sans-serif"


@dataclass(frozen=True, slots=True)
class Dot:
    """One row: a value with its interval (None where it has none), and the name of its colour."""

    label: str
    value: float
    low: float | None
    high: float | None
    colour: str


@dataclass(frozen=True, slots=True)
class Shares:
    """One row: counts of better, same and worse."""

    label: str
    better: int
    same: int
    worse: int


def dot_plot(title: str, rows: Sequence[Dot], colours: Colours, zero: bool = False) -> str:
    """Values with 95 % intervals on a common scale; `zero` adds a line at 0 and makes room for it."""
    ends = [end for row in rows for end in (row.value, row.low, row.high) if end is not None]
    ticks = nice_ticks(min([*ends, 0.0] if zero else ends), max([*ends, 0.0] if zero else ends))
    scale = _Scale(ticks[0], ticks[-1])
    height = TOP + ROW * len(rows) + BOTTOM
    parts = [_text(0, 16, title, colours["text"], 14, bold=True), *_axis(ticks, scale, height, colours)]
    if zero:
        parts.append(_line(scale(0), TOP - 4, scale(0), height - BOTTOM + 4, colours["muted"], 1.5))
    for i, row in enumerate(rows):
        parts += _dot(row, TOP + ROW * (i + 0.5), scale, colours)
    return _svg(title, rows_in_words(rows), height, parts)


def share_plot(title: str, rows: Sequence[Shares], colours: Colours) -> str:
    """Bars that say on how many neurons ours is better, the same, or worse."""
    height = TOP + ROW * len(rows) + BOTTOM
    scale = _Scale(0.0, 1.0)
    parts = [_text(0, 16, title, colours["text"], 14, bold=True)]
    parts += _axis([0, 0.25, 0.5, 0.75, 1.0], scale, height, colours, percent=True)
    for i, row in enumerate(rows):
        parts += _bars(row, TOP + ROW * i, scale, colours)
    said = "; ".join(f"{r.label}: {r.better} better, {r.same} the same, {r.worse} worse" for r in rows)
    return _svg(title, said, height, parts)


def rows_in_words(rows: Sequence[Dot]) -> str:
    """What the plot says, for who cannot see it."""
    return "; ".join(f"{row.label}: {row.value:.3f}" for row in rows)


def nice_ticks(low: float, high: float, wanted: int = 5) -> list[float]:
    """Ticks at 1, 2 or 5 times a power of ten that cover `low` to `high`: at least two."""
    if high - low < 1e-9:
        low, high = low - 0.5, high + 0.5
    rough = (high - low) / wanted
    power = 10.0 ** np.floor(np.log10(rough))
    step = next(power * m for m in (1, 2, 5, 10) if power * m >= rough * 0.999)
    first, last = int(np.floor(low / step + 1e-9)), int(np.ceil(high / step - 1e-9))
    return [float(round(i * step, 10)) for i in range(first, last + 1)]


class _Scale:
    def __init__(self, low: float, high: float) -> None:
        self._low, self._width = low, high - low

    def __call__(self, value: float) -> float:
        return LABEL + (value - self._low) / self._width * (WIDTH - LABEL - RIGHT)


def _axis(
    ticks: Sequence[float], scale: _Scale, height: int, colours: Colours, percent: bool = False
) -> list[str]:
    digits = max(_digits(b - a) for a, b in pairwise(ticks))
    parts = []
    for tick in ticks:
        x = scale(tick)
        said = f"{tick:.0%}" if percent else f"{tick:.{digits}f}".replace("-", "−")
        parts.append(_line(x, TOP - 4, x, height - BOTTOM + 4, colours["line"], 1))
        parts.append(_text(x, height - 8, said, colours["muted"], 12, anchor="middle"))
    return parts


def _digits(step: float) -> int:
    return max(0, -int(np.floor(np.log10(step) + 1e-9)))


def _dot(row: Dot, y: float, scale: _Scale, colours: Colours) -> list[str]:
    colour, parts = colours[row.colour], [_text(0, y + 4, row.label, colours["text"], 13)]
    if row.low is not None and row.high is not None:
        parts.append(_line(scale(row.low), y, scale(row.high), y, colour, 2.5))
        parts += [_line(scale(end), y - 5, scale(end), y + 5, colour, 2) for end in (row.low, row.high)]
    parts.append(f'<circle cx="{scale(row.value):.1f}" cy="{y:.1f}" r="5" style="fill:{colour}"/>')
    said = f"{row.value:.3f}".replace("-", "−")
    parts.append(_text(WIDTH, y + 4, said, colours["text"], 13, anchor="end"))
    return parts


def _bars(row: Shares, y: float, scale: _Scale, colours: Colours) -> list[str]:
    parts = [_text(0, y + ROW / 2 + 4, row.label, colours["text"], 13)]
    total, start = max(row.better + row.same + row.worse, 1), 0.0
    for count, name in ((row.better, "ours"), (row.same, "same"), (row.worse, "worse")):
        x, width = scale(start), scale(start + count / total) - scale(start)
        bar = f'<rect x="{x:.1f}" y="{y + 6:.1f}" width="{width:.1f}" height="{ROW - 12}"'
        parts.append(f'{bar} style="fill:{colours[name]}"/>')
        start += count / total
    parts.append(
        _text(WIDTH, y + ROW / 2 + 4, f"{row.better / total:.0%}", colours["text"], 13, anchor="end")
    )
    return parts


def _line(x0: float, y0: float, x1: float, y1: float, colour: str, width: float) -> str:
    ends = f'x1="{x0:.1f}" y1="{y0:.1f}" x2="{x1:.1f}" y2="{y1:.1f}"'
    return f'<line {ends} style="stroke:{colour};stroke-width:{width}"/>'


def _text(
    x: float, y: float, text: str, colour: str, size: int, anchor: str = "start", bold: bool = False
) -> str:
    style = f"fill:{colour};font-size:{size}px;{FONT}{';font-weight:600' if bold else ''}"
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" style="{style}">{escape(text)}</text>'


def _svg(title: str, said: str, height: int, parts: Sequence[str]) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img"'
    return f"{head}><title>{escape(title)}</title><desc>{escape(said)}</desc>{''.join(parts)}</svg>"
