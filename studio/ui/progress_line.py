"""A thin progress line with its figures, used by the top bar, the status bar and the jobs pane."""

from __future__ import annotations

from PySide6.QtWidgets import QProgressBar, QWidget

STEPS = 1000


def progress_line(name: str, width: int | None = None, parent: QWidget | None = None) -> QProgressBar:
    """A thin bar without text; `name` is what a screen reader says."""
    bar = QProgressBar(parent)
    bar.setRange(0, STEPS)
    bar.setTextVisible(False)
    bar.setFixedHeight(6)
    bar.setAccessibleName(name)
    if width is not None:
        bar.setFixedWidth(width)
    return bar


def set_share(bar: QProgressBar, share: float) -> None:
    """Fill the bar to a share between 0 and 1."""
    bar.setValue(round(min(max(share, 0.0), 1.0) * STEPS))
