"""Thin bars for shares and scores."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.domain.modality import Modality
from studio.ui.theme import ThemeKeeper


class Bar(QWidget):
    """A bar of length `value` (0..1) in a modality's colour; `rest` colours what is left of the track."""

    def __init__(
        self,
        themes: ThemeKeeper,
        modality: Modality,
        rest: Modality | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._themes, self._modality, self._rest = themes, modality, rest
        self.value: float | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        themes.changed.connect(self.update)

    def set_value(self, value: float | None) -> None:
        """Show a value; None leaves the track empty."""
        self.value = None if value is None or value != value else min(max(value, 0.0), 1.0)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(80, 12)

    def minimumSizeHint(self) -> QSize:
        return QSize(40, 12)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        theme = self._themes.theme
        track = QRectF(0, (self.height() - 8) / 2, self.width(), 8)
        known = self.value is not None
        ground = theme.modality(self._rest) if self._rest is not None and known else theme.color("track")
        painter.setBrush(ground)
        painter.drawRoundedRect(track, 4, 4)
        if self.value:
            painter.setClipRect(track.adjusted(0, 0, track.width() * (self.value - 1), 0))
            painter.setBrush(theme.modality(self._modality))
            painter.drawRoundedRect(track, 4, 4)
