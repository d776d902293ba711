"""The colours of tokens in example texts: the stronger one fires the fuller its ground, always readable."""

from __future__ import annotations

from PySide6.QtGui import QColor

from studio.domain.modality import Modality
from studio.ui.theme import Theme

FAINT, STRONG = 0.16, 0.92


def shade(theme: Theme, strength: float) -> QColor:
    """The ground of a token: the textual colour over the canvas, the stronger the fuller."""
    share = FAINT + (STRONG - FAINT) * strength
    full, ground = theme.modality(Modality.TEXTUAL), theme.color("canvas")
    mixed = (
        round(g * (1 - share) + f * share)
        for f, g in zip(full.getRgb()[:3], ground.getRgb()[:3], strict=True)
    )
    return QColor(*mixed)


def luminance(color: QColor) -> float:
    """Relative luminance of WCAG 2."""
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in color.getRgbF()[:3]]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def readable_on(ground: QColor) -> QColor:
    """Black or white, whichever stands out more: at least 4.5 : 1 on any ground."""
    dark, light = QColor("#000000"), QColor("#ffffff")
    level = luminance(ground) + 0.05
    return dark if level / (luminance(dark) + 0.05) > (luminance(light) + 0.05) / level else light
