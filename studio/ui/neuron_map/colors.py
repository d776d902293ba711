"""The colours of the map: what a neuron is, as far as the annotator may see it."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from studio.domain.modality import Modality
from studio.services.neurons import STATUSES
from studio.ui.review.neuron_columns import NeuronColumns
from studio.ui.theme import Theme


class ColorBy(StrEnum):
    """What points are coloured by."""

    CLASS = "Class"
    SCORE = "Score"
    STATUS = "Review"


STATUS_TOKENS = {"none": "unclear", "accepted": "good", "edited": "textual", "rejected": "danger",
                 "skipped": "warning_text"}  # fmt: skip
STATUS_NAMES = {"none": "not reviewed"}
UNKNOWN = "key_line"
STEPS = 64


def point_colors(columns: NeuronColumns, by: ColorBy, theme: Theme) -> NDArray[np.uint32]:
    """A colour for every neuron: uint32 [n] 0xffRRGGBB. What blind review hides has the colour of unknown."""
    if by is ColorBy.CLASS:
        palette = [theme.modality(m) for m in Modality] + [theme.color(UNKNOWN)]
        return _packed(palette)[columns.classes()]
    if by is ColorBy.STATUS:
        return _packed([theme.color(STATUS_TOKENS[s]) for s in STATUSES])[columns.table.status]
    return _by_score(columns, theme)


def legend(columns: NeuronColumns, by: ColorBy, theme: Theme) -> list[tuple[str, QColor]]:
    """What the colours mean."""
    if by is ColorBy.CLASS:
        known: list[tuple[str, QColor]] = [(m.value, theme.modality(m)) for m in Modality]
        rest = "hidden" if columns.table.blind else "no class"
        has_rest = bool((columns.classes()[columns.table.live] < 0).any())
        return [*known, (rest, theme.color(UNKNOWN))] if has_rest else known
    if by is ColorBy.STATUS:
        return [(STATUS_NAMES.get(s, s), theme.color(STATUS_TOKENS[s])) for s in STATUSES]
    low, high = score_range(columns.table.score)
    ends = [(f"{low:.2f}", _ramp(theme)[0]), (f"{high:.2f}", _ramp(theme)[-1])]
    return [*ends, ("hidden" if columns.table.blind else "no score", theme.color(UNKNOWN))]


def score_range(found: NDArray[np.float32]) -> tuple[float, float]:
    """The scores between which the colours run: all but the outermost hundredths."""
    known = found[~np.isnan(found)]
    if not len(known):
        return 0.0, 1.0
    low, high = np.quantile(known, [0.01, 0.99]).tolist()
    return low, max(high, low + 1e-6)


def _by_score(columns: NeuronColumns, theme: Theme) -> NDArray[np.uint32]:
    found = columns.table.score
    low, high = score_range(found)
    share = np.clip((np.nan_to_num(found, nan=low) - low) / (high - low), 0, 1)
    step = np.where(np.isnan(found), STEPS, np.rint(share * (STEPS - 1))).astype(np.int64)
    return _packed([*_ramp(theme), theme.color(UNKNOWN)])[step]


def _ramp(theme: Theme) -> list[QColor]:
    """From little to much: the ground's neighbour to the accent, by brightness, so that it reads without
    telling colours apart."""
    weak, strong = theme.color("selection"), theme.color("visual_text" if theme.dark else "danger")
    return [_between(weak, strong, place / (STEPS - 1)) for place in range(STEPS)]


def _between(a: QColor, b: QColor, share: float) -> QColor:
    parts = [(getattr(a, p)(), getattr(b, p)()) for p in ("red", "green", "blue")]
    return QColor(*(round(x + (y - x) * share) for x, y in parts))


def _packed(palette: list[QColor]) -> NDArray[np.uint32]:
    return np.array([color.rgb() & 0xFFFFFFFF for color in palette], np.uint32)
