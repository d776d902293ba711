"""How far a picture is enlarged in a room, and which part of it is in sight."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSizeF

LARGEST = 16.0


class PanZoom:
    """`scale` 1 is the whole picture, as large as fits; never smaller, never more than `LARGEST`."""

    def __init__(self) -> None:
        self.scale = 1.0
        self._offset = QPointF()
        self._room, self._size = QRectF(), QSizeF()

    def whole(self) -> None:
        """Show all of it again."""
        self.scale, self._offset = 1.0, QPointF()

    def fit(self, room: QRectF, size: QSizeF) -> None:
        """The room there is, and the picture's size in it when it is whole."""
        self._room, self._size = room, size

    def rect(self) -> QRectF:
        """Where the picture is, part of which may be outside the room."""
        found = QRectF(0, 0, self._size.width() * self.scale, self._size.height() * self.scale)
        found.moveCenter(self._room.center() + self._offset)
        return found

    def zoom(self, factor: float, at: QPointF) -> None:
        """Enlarge by `factor`; what is under `at` stays there."""
        new = max(1.0, min(self.scale * factor, LARGEST))
        center = self._room.center() + self._offset
        self._offset += (center - at) * (new / self.scale - 1)
        self.scale = new
        self._keep_inside()

    def move(self, by: QPointF) -> None:
        """Show another part of it."""
        self._offset += by
        self._keep_inside()

    def _keep_inside(self) -> None:
        """The picture's middle may move as far as half of what does not fit."""
        picture, room = self.rect(), self._room
        x = max((picture.width() - room.width()) / 2, 0.0)
        y = max((picture.height() - room.height()) / 2, 0.0)
        self._offset = QPointF(max(-x, min(self._offset.x(), x)), max(-y, min(self._offset.y(), y)))
