"""Points as pixels: a hundred thousand of them in a few milliseconds. NumPy only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float32]
Pixels = NDArray[np.uint32]
#: Radius of a dot in pixels, by how many points are in sight.
RADII = ((400, 5.0), (2_000, 4.0), (8_000, 3.0), (30_000, 2.0), (1 << 60, 1.2))


@dataclass(frozen=True, slots=True)
class Window:
    """The part of the plane in sight. `x`, `y`: its middle; `scale`: pixels for one unit of the plane."""

    x: float
    y: float
    scale: float
    width: int
    height: int

    def to_pixels(self, points: Points) -> Points:
        """Where points stand in the picture, y downwards: float32 [m, 2]."""
        middle = np.array([self.x, self.y], np.float32)
        flip = np.array([self.scale, -self.scale], np.float32)
        return (points - middle) * flip + np.array([self.width / 2, self.height / 2], np.float32)

    def to_plane(self, x: float, y: float) -> tuple[float, float]:
        """The place of the plane under a pixel."""
        return self.x + (x - self.width / 2) / self.scale, self.y - (y - self.height / 2) / self.scale

    def moved(self, dx: float, dy: float) -> Window:
        """The plane dragged by so many pixels."""
        x, y = self.x - dx / self.scale, self.y + dy / self.scale
        return Window(x, y, self.scale, self.width, self.height)

    def zoomed(self, factor: float, x: float, y: float) -> Window:
        """Closer by `factor`; what is under pixel (x, y) stays there."""
        px, py = self.to_plane(x, y)
        near = Window(px, py, self.scale * factor, self.width, self.height)
        return near.moved(x - self.width / 2, y - self.height / 2)


def around(points: Points, width: int, height: int, margin: float = 24.0) -> Window:
    """The window that shows all points but the outermost thousandth."""
    if not len(points):
        return Window(0, 0, 1, max(width, 1), max(height, 1))
    low, high = np.quantile(points, [0.0005, 0.9995], axis=0)
    middle, size = (low + high) / 2, np.maximum(high - low, 1e-6)
    scale = min(max(width - 2 * margin, 1) / size[0], max(height - 2 * margin, 1) / size[1])
    return Window(float(middle[0]), float(middle[1]), float(scale), max(width, 1), max(height, 1))


def raster(points: Points, colors: Pixels, window: Window, ratio: float, ground: int) -> Pixels:
    """A picture of the points: uint32 [height, width] 0xffRRGGBB in device pixels, `ratio` to a pixel.

    `colors` uint32 [m]; later points lie on top.
    """
    width, height = max(round(window.width * ratio), 1), max(round(window.height * ratio), 1)
    at = window.to_pixels(points) * np.float32(ratio)
    x, y = at[:, 0], at[:, 1]
    seen = np.flatnonzero((x >= 0) & (x < width) & (y >= 0) & (y < height))
    radius = next(r for most, r in RADII if len(seen) <= most) * ratio
    # With a rim as wide as a dot no pixel has to be asked whether it lies in the picture.
    rim = int(radius)
    line = width + 2 * rim
    picture = np.full((height + 2 * rim) * line, ground, np.uint32)
    middle = (y[seen].astype(np.int64) + rim) * line + x[seen].astype(np.int64) + rim
    color = colors[seen]
    for dy in range(-rim, rim + 1):
        for dx in range(-rim, rim + 1):
            if dx * dx + dy * dy <= radius * radius:
                picture[middle + (dy * line + dx)] = color
    return np.ascontiguousarray(picture.reshape(-1, line)[rim : rim + height, rim : rim + width])


def nearest(at: Points, x: float, y: float, most: float) -> int | None:
    """The point nearest to pixel (x, y) within `most` pixels; `at` float32 [m, 2] pixels."""
    if not len(at):
        return None
    square = ((at - np.array([x, y], np.float32)) ** 2).sum(1)
    found = int(square.argmin())
    return found if square[found] <= most * most else None


def towards(at: Points, start: int, dx: int, dy: int) -> int | None:
    """The nearest point within 45 degrees of a direction from point `start`; None without one."""
    offset = at - at[start]
    along = offset[:, 0] * dx + offset[:, 1] * dy
    across = np.abs(offset[:, 0] * dy) + np.abs(offset[:, 1] * dx)
    ahead = (along > 0) & (across <= along)
    ahead[start] = False
    if not ahead.any():
        return None
    candidates = np.flatnonzero(ahead)
    return int(candidates[(offset[candidates] ** 2).sum(1).argmin()])


def inside(at: Points, polygon: Points) -> NDArray[np.bool_]:
    """Which points lie in a polygon (even-odd rule): bool [m]. `polygon` float32 [corners, 2]."""
    found = np.zeros(len(at), bool)
    x, y = at[:, 0], at[:, 1]
    for (x0, y0), (x1, y1) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        if y0 == y1:
            continue
        crosses = (y0 > y) != (y1 > y)
        found ^= crosses & (x < (x1 - x0) * (y - y0) / (y1 - y0) + x0)
    return found
