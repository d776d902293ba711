"""Does every image token stand where its adapter says? A bright patch on a plain picture tells.

The patch is painted inside the box of a token; of all tokens of that view, the one whose hidden state then
changes most must have a box that contains the patch. Nothing of the adapter's arithmetic is used to judge it:
the picture goes through the model's real processor and vision tower.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from models.vlm.model import Vlm
from models.vlm.tokens import TokenMap
from studio.domain.sample import Sample, Turn

#: Width and height in pixels: square, wide, tall, very wide, small, large.
SIZES = ((400, 400), (640, 360), (360, 640), (1000, 300), (90, 60), (1500, 1100))
GROUND, BRIGHT = (90, 90, 90), (255, 255, 255)
QUESTION = Sample("probe", (), (Turn("user", "What is in the picture?"),))
TOGETHER = 4
#: A box that contains nothing.
NOWHERE = (-1.0, -1.0, -1.0, -1.0)


@dataclass(frozen=True, slots=True)
class Spot:
    """One position of the patch. `patch` and `strongest` (the box of the token that changed most) are x0, y0,
    x1, y1 in pixels of the picture of `size` (width, height); `view` as in `TokenMap.views`."""

    size: tuple[int, int]
    view: int
    patch: tuple[int, int, int, int]
    strongest: tuple[float, float, float, float]

    @property
    def hit(self) -> bool:
        """The strongest token's box contains the patch; or, where a token is smaller than a pixel of the
        picture, the patch contains the box's centre."""
        x0, y0, x1, y1 = self.patch
        left, top, right, bottom = self.strongest
        return _within(x0, x1, left, right) and _within(y0, y1, top, bottom)


def _within(low: int, high: int, start: float, end: float) -> bool:
    if end - start < 2:
        return low - 0.5 <= (start + end) / 2 <= high + 0.5
    return start - 1e-3 <= low and high <= end + 1e-3


def probe(
    vlm: Vlm,
    sizes: Sequence[tuple[int, int]] = SIZES,
    spots: int = 9,
    layer: int = 0,
    beside: Sequence[Image.Image] = (),
) -> Iterator[Spot]:
    """Move the patch over about `spots` tokens of each view of a picture of each size, its corners included,
    and yield what answered, judged by the residual stream after decoder layer `layer`.

    The picture is the last of its sample, after those `beside` it; tokens of these may answer, too.
    """
    for size in sizes:
        plain = Image.new("RGB", size, GROUND)
        tokens, before = _changes(vlm, [[*beside, plain]], layer)[0]
        chosen = [
            i for view in np.unique(tokens.views) for i in spread(tokens, int(view), spots, len(beside))
        ]
        for start in range(0, len(chosen), TOGETHER):
            group = chosen[start : start + TOGETHER]
            patches = [inner(tokens.boxes[i]) for i in group]
            results = _changes(vlm, [[*beside, painted(plain, patch)] for patch in patches], layer)
            for i, patch, (_, after) in zip(group, patches, results, strict=True):
                change = (after - before).norm(dim=1).cpu().numpy()
                best = int(np.argmax(np.where(tokens.views == tokens.views[i], change, -1)))
                if tokens.pictures[best] != len(beside):
                    yield Spot(size, int(tokens.views[i]), patch, NOWHERE)
                    continue
                box = tuple(float(side) for side in tokens.boxes[best])
                yield Spot(size, int(tokens.views[i]), patch, box)  # type: ignore[arg-type]


def spread(tokens: TokenMap, view: int, spots: int, picture: int = 0) -> list[int]:
    """About `spots` tokens of a view, evenly spread over its rows and columns, corners included."""
    boxes, of_view = tokens.boxes, np.flatnonzero((tokens.views == view) & (tokens.pictures == picture))
    side = max(2, round(spots**0.5))
    rows, columns = (_picked(np.unique(boxes[of_view, axis]), side) for axis in (1, 0))
    return [int(i) for i in of_view if boxes[i, 1] in rows and boxes[i, 0] in columns]


def _picked(values: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    return values[np.unique(np.linspace(0, len(values) - 1, count).round().astype(int))]


def inner(box: NDArray[np.float32]) -> tuple[int, int, int, int]:
    """The middle half of a box in whole pixels, at least one pixel."""
    x0, y0, x1, y1 = box.tolist()
    (left, right), (top, bottom) = _middle(x0, x1), _middle(y0, y1)
    return left, top, right, bottom


def _middle(start: float, end: float) -> tuple[int, int]:
    low, high = round(start + (end - start) / 4), round(end - (end - start) / 4)
    return (low, high) if high > low else (int((start + end) / 2), int((start + end) / 2) + 1)


def painted(picture: Image.Image, patch: tuple[int, int, int, int]) -> Image.Image:
    """A copy of `picture` with a bright `patch`."""
    copy = picture.copy()
    copy.paste(BRIGHT, patch)
    return copy


def _changes(vlm: Vlm, samples: Sequence[Sequence[Image.Image]], layer: int) -> list[tuple[TokenMap, Tensor]]:
    batch = vlm.prepare([(QUESTION, pictures) for pictures in samples])
    hidden = vlm.hidden(batch, layer)
    return [(t, hidden[row][t.image_positions.tolist()].float()) for row, t in enumerate(batch.tokens)]
