"""Rows of the neuron list as they are painted: chip with letter, status mark, a thin line."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from studio.domain.modality import Modality
from studio.services.neurons import STATUSES
from studio.ui.review.neuron_model import Column, Index, NeuronModel
from studio.ui.theme import Theme, number_font, text_font

ROW_HEIGHT = 30
#: Texts kept as they were cut to a width.
CUT_KEPT = 2000
COLORS = (
    "selection", "hover", "line", "on_selection", "text", "muted", "warning_text", "good_text", "danger_text",
)  # fmt: skip
STATUS_COLORS = {"accepted": "good_text", "edited": "good_text", "rejected": "danger_text"}
LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)

#: Strokes of the status marks in a 12 x 12 square.
MARKS: dict[str, tuple[tuple[tuple[float, float], ...], ...]] = {
    "accepted": (((1.5, 6.5), (4.5, 9.5), (10.5, 2.5)),),
    "edited": (((2, 8), (8.5, 1.5), (10.5, 3.5), (4, 10), (1.5, 10.5), (2, 8)),),
    "rejected": (((2, 2), (10, 10)), ((10, 2), (2, 10))),
    "skipped": (((1.5, 2), (5.5, 6), (1.5, 10)), ((6.5, 2), (10.5, 6), (6.5, 10))),
    "flag": (((2.5, 11.5), (2.5, 1)), ((2.5, 1.5), (10, 1.5), (8, 4), (10, 6.5), (2.5, 6.5))),
}


def paint_chip(
    painter: QPainter, rect: QRectF, modality: Modality, theme: Theme, font: QFont | None = None
) -> None:
    """The letter of a modality on its ground; `font` is `text_font(11, bold=True)`, if it was made before."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.modality_soft(modality))
    painter.drawRoundedRect(rect, 4, 4)
    painter.setPen(theme.modality_text(modality))
    painter.setFont(font or text_font(11, bold=True))
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, modality.letter)


def paint_mark(painter: QPainter, center: QPointF, name: str, color: QColor) -> None:
    """A status mark, 12 pixels wide."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(center.x() - 6, center.y() - 6)
    pen = QPen(color, 1.6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    for stroke in MARKS[name]:
        painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in stroke]))
    painter.restore()


class NeuronDelegate(QStyledItemDelegate):
    """Paints the rows of `NeuronModel`, which it asks directly: a role through Qt takes ten times as long.

    Keeps the colours and fonts of its theme, and texts as it cut them to a width.
    """

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Paint in other colours, and text of another size, from now on."""
        self.theme = theme
        self._colors = {name: theme.color(name) for name in COLORS}
        self._text, self._number, self._chip = text_font(), number_font(), text_font(11, bold=True)
        self._metrics = {True: QFontMetrics(self._text), False: QFontMetrics(self._number)}
        self._cut: dict[tuple[str, int, bool], str] = {}

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        state, rect = option.state, option.rect
        selected = bool(state & QStyle.StateFlag.State_Selected)
        if selected:
            painter.fillRect(rect, self._colors["selection"])
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, self._colors["hover"])
        # Smoothed, the line would stand in two rows, of which often only one is painted anew.
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(self._colors["line"])
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        self._cell(painter, rect, index, selected)

    def _cell(self, painter: QPainter, rect: QRect, index: Index, selected: bool) -> None:
        model = index.model()
        neuron = model.neuron_at(index)
        column = index.column()
        if neuron is None:
            return
        if column == Column.CLASS:
            self._class(painter, QRectF(rect), model, neuron)
        elif column == Column.STATUS:
            self._status(painter, QRectF(rect), model, neuron)
        elif column == Column.CONCEPT:
            self._concept(painter, rect.adjusted(8, 0, -4, 0), model, neuron, selected)
        else:
            right = column == Column.VALUE
            room = rect.adjusted(8, 0, -8 if right else -4, 0)
            painter.setPen(self._colors["on_selection" if selected else "text"])
            self._words(painter, room, model.text(neuron, column), RIGHT if right else LEFT)

    def _class(self, painter: QPainter, rect: QRectF, model: NeuronModel, neuron: int) -> None:
        columns = model.columns
        modality = columns.modality(neuron)
        if modality is not None:
            chip = QRectF(0, 0, 20, 18)
            chip.moveCenter(rect.center())
            paint_chip(painter, chip, modality, self.theme, self._chip)
        if columns.disagrees(neuron):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._colors["warning_text"])
            painter.drawEllipse(QPointF(rect.right() - 3, rect.center().y()), 3, 3)

    def _concept(
        self, painter: QPainter, room: QRect, model: NeuronModel, neuron: int, selected: bool
    ) -> None:
        text, color = model.text(neuron, Column.CONCEPT), "on_selection" if selected else "text"
        if not text:
            text, color = "no concept" if model.columns.uncovered(neuron) else "hidden", "muted"
        painter.setPen(self._colors[color])
        self._words(painter, room, text, LEFT, concept=True)

    def _words(self, painter: QPainter, room: QRect, text: str, side: int, concept: bool = False) -> None:
        painter.setFont(self._text if concept else self._number)
        painter.drawText(room, side, self._fitted(text, room.width(), concept))

    def _fitted(self, text: str, width: int, concept: bool) -> str:
        key = (text, width, concept)
        if key not in self._cut:
            if len(self._cut) >= CUT_KEPT:
                self._cut.clear()
            whole = " ".join(text.split())
            self._cut[key] = self._metrics[concept].elidedText(whole, Qt.TextElideMode.ElideRight, width)
        return self._cut[key]

    def _status(self, painter: QPainter, rect: QRectF, model: NeuronModel, neuron: int) -> None:
        table = model.columns.table
        status, flagged = STATUSES[table.status[neuron]], table.flagged[neuron]
        y = rect.center().y()
        if flagged:
            at = QPointF(rect.left() + 10, y) if status != "none" else rect.center()
            paint_mark(painter, at, "flag", self._colors["warning_text"])
        if status in MARKS:
            at = QPointF(rect.right() - 10, y) if flagged else rect.center()
            paint_mark(painter, at, status, self._colors[STATUS_COLORS.get(status, "muted")])
