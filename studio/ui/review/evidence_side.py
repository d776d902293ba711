"""Beside the texts: the activation histogram and similar neurons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.services.neuron_detail import NeuronDetail
from studio.ui.labels import label
from studio.ui.review.similar_panel import SimilarPanel
from studio.ui.theme import ThemeKeeper

if TYPE_CHECKING:
    from studio.ui.review.histogram import Histogram

WIDTH, PLOT_HEIGHT = 248, 150
#: In a low window the histogram gives way to the list below it.
LEAST_PLOT = 76
#: The histogram is drawn so long after the examples, which do not wait for it.
LATER_MS = 25


class EvidenceSide(QWidget):
    """`similar` is filled by its reader."""

    def __init__(self, themes: ThemeKeeper, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._detail: NeuronDetail | None = None
        self._plot: Histogram | None = None
        self._later = QTimer(self, singleShot=True, interval=LATER_MS)
        self._later.timeout.connect(self._draw)
        self.similar = SimilarPanel()
        self.setFixedWidth(WIDTH)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        self._column.addWidget(label("Activation, all samples (log)", "heading"))
        self._column.addWidget(_legend())
        self._column.addWidget(self.similar, 1)
        self._column.addStretch()

    def show_detail(self, detail: NeuronDetail | None) -> None:
        """Draw a neuron's histogram in a moment; None draws nothing more."""
        self._detail = detail
        if detail is None:
            self._later.stop()
        else:
            self._later.start()

    def _draw(self) -> None:
        if self._plot is None:
            # pyqtgraph takes a while to import; the start page does not need it.
            from studio.ui.review.histogram import Histogram

            self._plot = Histogram(self._themes)
            self._plot.setMinimumHeight(LEAST_PLOT)
            self._plot.setMaximumHeight(PLOT_HEIGHT)
            self._column.insertWidget(2, self._plot)
        if self._detail is not None:
            self._plot.show_detail(self._detail)


def _legend() -> QWidget:
    legend = QWidget()
    row = QHBoxLayout(legend)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(8)
    for text, modality in (("V images", "visual"), ("T texts", "textual")):
        chip = label(text)
        chip.setProperty("modality", modality)
        row.addWidget(chip)
    row.addStretch(1)
    return legend
