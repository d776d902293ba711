"""Icons: line drawings in the colour of the text around them, drawn anew for each theme."""

from __future__ import annotations

from importlib.resources import files

from PySide6.QtCore import QByteArray, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

SIZES = (16, 24, 32, 48, 64)


def icon(name: str, color: QColor) -> QIcon:
    """`resources/icons/NAME.svg` with `currentColor` as `color`; FileNotFoundError for an unknown name."""
    text = files("resources").joinpath("icons", f"{name}.svg").read_text(encoding="utf-8")
    renderer = QSvgRenderer(QByteArray(text.replace("currentColor", color.name()).encode()))
    made = QIcon()
    for size in SIZES:
        made.addPixmap(_drawn(renderer, size))
    return made


def application_icon() -> QIcon:
    """The application's own icon, for the window and the task bar."""
    text = files("resources").joinpath("icons", "concept-studio.svg").read_text(encoding="utf-8")
    renderer = QSvgRenderer(QByteArray(text.encode()))
    made = QIcon()
    for size in (16, 32, 64, 128):
        made.addPixmap(_drawn(renderer, size))
    return made


def _drawn(renderer: QSvgRenderer, size: int) -> QPixmap:
    pixmap = QPixmap(QSize(size, size))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer.render(painter)
    painter.end()
    return pixmap
