"""Shows the examples large, one after another, until somebody stops it."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer

from studio.ui.review.image_grid import ImageGrid
from studio.ui.review.zoom_view import ZoomView

#: How long each example stays.
STAY_MS = 1400


class Player(QObject):
    """Walks `zoom` through the pictures of `grid`. Whatever else moves the zoom goes on from there."""

    def __init__(self, zoom: ZoomView, grid: ImageGrid) -> None:
        super().__init__(zoom)
        self._zoom, self._grid = zoom, grid
        self._clock = QTimer(self, interval=STAY_MS)
        self._clock.timeout.connect(zoom.step)
        zoom.moved.connect(lambda _place: self._clock.start() if self.playing else None)
        zoom.closed.connect(self.stop)

    @property
    def playing(self) -> bool:
        """Whether the next example comes by itself."""
        return self._clock.isActive()

    def toggle(self) -> None:
        """Play from the first example, or from the one in front; stop where it plays."""
        if self.playing:
            self.stop()
            return
        if not self._zoom.isVisible():
            self._zoom.open(self._grid.shots, 0)
        if self._zoom.isVisible():
            self._clock.start()
            self._zoom.set_playing(True)

    def stop(self) -> None:
        """The example in front stays."""
        self._clock.stop()
        self._zoom.set_playing(False)
