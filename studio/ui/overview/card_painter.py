"""One neuron as a card: pictures or words above, concept and marks below. Used by grid and map."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QImage, QPainter, QPen

from studio.domain.modality import Modality
from studio.services.cards import Card
from studio.services.neurons import STATUSES
from studio.ui.review.neuron_columns import NeuronColumns
from studio.ui.review.neuron_delegate import MARKS, paint_chip, paint_mark
from studio.ui.review.neuron_model import short
from studio.ui.review.picture_store import PictureStore
from studio.ui.review.regions import Regions
from studio.ui.review.tile import TileKey, TileOrder, fitted
from studio.ui.theme import Theme, number_font, text_font

MARGIN, INSIDE, GAP, FOOT, LINE = 5, 8, 4, 68, 18
STATUS_COLORS = {"accepted": "good_text", "edited": "good_text", "rejected": "danger_text"}
LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


@dataclass(frozen=True, slots=True)
class Look:
    """What cards are painted with. `how`: the way firing regions are shown; `ratio`: device pixels."""

    theme: Theme
    how: Regions | None
    ratio: float


def card_size(width: int) -> QSize:
    """The size of a card, margins included."""
    return QSize(width, width + FOOT)


class CardPainter:
    """Paints from what is there; what is not there is asked for."""

    def __init__(self, pictures: PictureStore) -> None:
        self._pictures = pictures

    def paint(
        self, painter: QPainter, rect: QRect, neuron: int, columns: NeuronColumns, card: Card | None,
        look: Look, front: bool = False,
    ) -> None:  # fmt: skip
        """The card of `neuron` in `rect`; `front`: it is the one that keys act on."""
        theme = look.theme
        body = QRectF(rect).adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(theme.color("selection" if front else "card"))
        painter.setPen(QPen(theme.color("accent" if front else "line"), 2 if front else 1))
        painter.drawRoundedRect(body.adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        inner = body.toRect().adjusted(INSIDE, INSIDE, -INSIDE, -INSIDE)
        side = min(inner.width(), inner.height() - FOOT + INSIDE)
        above = QRect(inner.left(), inner.top(), inner.width(), side)
        if card is not None and card.pictures:
            self._paint_pictures(painter, above, card, look)
            above = QRect(above.left(), above.bottom() + 2, above.width(), LINE)
        else:
            above.setHeight(above.height() + LINE)
        if card is None or card.words or not card.pictures:
            paint_words(painter, above, card, theme)
        below = QRect(inner.left(), inner.top() + side + LINE + 2, inner.width(), FOOT - INSIDE)
        paint_foot(painter, below, neuron, columns, theme, front)

    def ready(self, card: Card, width: int, look: Look) -> bool:
        """Whether every picture of a card can be drawn."""
        return all(self._pictures.ready(order) for _, order in self._orders(card, self._cells(width), look))

    def _cells(self, width: int) -> QRect:
        side = width - 2 * (MARGIN + INSIDE)
        return QRect(0, 0, side, side)

    def _orders(self, card: Card, above: QRect, look: Look) -> list[tuple[QRect, TileOrder]]:
        shots = card.pictures if len(card.pictures) != 3 else card.pictures[:2]
        across = 1 if len(shots) == 1 else 2
        cell = (min(above.width(), above.height()) - GAP * (across - 1)) // across
        color = look.theme.modality(Modality.VISUAL)
        rgb, found = (color.red(), color.green(), color.blue()), []
        for place, (example, sample) in enumerate(shots):
            row, column = divmod(place, across)
            corner = above.topLeft() + QPoint(column * (cell + GAP), row * (cell + GAP))
            width, height = fitted(sample, round(cell * look.ratio), round(cell * look.ratio))
            key = TileKey(card.neuron, sample.id, look.how, width, height, rgb)
            found.append((QRect(corner, QSize(cell, cell)), TileOrder(key, sample, example.map, card.peak)))
        return found

    def _paint_pictures(self, painter: QPainter, above: QRect, card: Card, look: Look) -> None:
        for cell, order in self._orders(card, above, look):
            tile = self._pictures.tile(order)
            if tile is None:
                painter.fillRect(cell, look.theme.color("track"))
            else:
                draw_tile(painter, cell, tile, look.ratio)


def draw_tile(painter: QPainter, cell: QRect, tile: QImage, ratio: float) -> None:
    """A tile in the middle of its cell."""
    size = QSize(round(tile.width() / ratio), round(tile.height() / ratio))
    inner = QRect(QPoint(0, 0), size)
    inner.moveCenter(cell.center())
    painter.drawImage(inner, tile)


def paint_words(painter: QPainter, above: QRect, card: Card | None, theme: Theme) -> None:
    """The words a neuron fires on, one below the other; a blank while they are on their way."""
    if card is None:
        painter.fillRect(above, theme.color("track"))
        return
    painter.setFont(text_font(12))
    painter.setPen(theme.modality_text(Modality.TEXTUAL) if card.words else theme.color("muted"))
    metrics = QFontMetrics(painter.font())
    high, space = metrics.height() + 2, metrics.horizontalAdvance("m")
    x, y = above.left(), above.top()
    for word in card.words or ("No examples were kept.",):
        plain = metrics.elidedText(" ".join(word.split()), Qt.TextElideMode.ElideRight, above.width())
        wide = metrics.horizontalAdvance(plain)
        if x > above.left() and x + wide > above.right():
            x, y = above.left(), y + high
        if y + high > above.bottom() + 2:
            return
        painter.drawText(QRect(x, y, wide + 1, high), LEFT, plain)
        x += wide + space


def paint_foot(
    painter: QPainter, rect: QRect, neuron: int, columns: NeuronColumns, theme: Theme, front: bool
) -> None:
    """Class and concept; below them number, score, rating, status and flag."""
    upper = QRect(rect.left(), rect.top(), rect.width(), 20)
    lower = QRect(rect.left(), rect.top() + 22, rect.width(), 18)
    modality = columns.modality(neuron)
    if modality is not None:
        paint_chip(painter, QRectF(upper.left(), upper.top() + 1, 20, 18), modality, theme)
        upper.adjust(26, 0, 0, 0)
    concept = " ".join(columns.concept(neuron).split())
    hidden = "hidden" if not columns.uncovered(neuron) else "no concept"
    strong = "on_selection" if front else "text"
    painter.setFont(text_font(bold=bool(concept)))
    painter.setPen(theme.color(strong if concept else "muted"))
    painter.drawText(upper, LEFT, _cut(painter, concept or hidden, upper.width()))
    _paint_numbers(painter, lower, neuron, columns, theme)
    _paint_marks(painter, lower, neuron, columns, theme)


def _paint_numbers(painter: QPainter, rect: QRect, neuron: int, columns: NeuronColumns, theme: Theme) -> None:
    score = short(float(columns.table.score[neuron])) if columns.uncovered(neuron) else ""
    painter.setFont(number_font(11))
    painter.setPen(theme.color("muted"))
    painter.drawText(rect, LEFT, f"{neuron}   {score}" if score else str(neuron))


def _paint_marks(painter: QPainter, rect: QRect, neuron: int, columns: NeuronColumns, theme: Theme) -> None:
    """From the right: status, flag, and the rating as dots."""
    table, x, y = columns.table, rect.right() - 6.0, rect.center().y() + 1.0
    status = STATUSES[table.status[neuron]]
    if status in MARKS:
        paint_mark(painter, QPointF(x, y), status, theme.color(STATUS_COLORS.get(status, "muted")))
        x -= 18
    if table.flagged[neuron]:
        paint_mark(painter, QPointF(x, y), "flag", theme.color("warning_text"))
        x -= 18
    rating = int(table.rating[neuron])
    if rating:
        painter.setPen(Qt.PenStyle.NoPen)
        for place in range(5):
            painter.setBrush(theme.color("accent" if place < rating else "field_line"))
            painter.drawEllipse(QPointF(x - 7 * (4 - place), y), 2.4, 2.4)


def _cut(painter: QPainter, text: str, width: int) -> str:
    return QFontMetrics(painter.font()).elidedText(text, Qt.TextElideMode.ElideRight, width)
