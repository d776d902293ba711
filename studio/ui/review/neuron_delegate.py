"""Rows of the neuron list as they are painted: chip with letter, status mark, a thin line."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from studio.domain.modality import Modality
from studio.ui.review.neuron_model import Column, Role
from studio.ui.theme import Theme, number_font, text_font

ROW_HEIGHT = 30
#: Texts kept as they were cut to a width.
CUT_KEPT = 2000
COLORS = ("selection", "hover", "line", "on_selection", "text", "muted")
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


def paint_chip(painter: QPainter, rect: QRectF, modality: Modality, theme: Theme) -> None:
    """The letter of a modality on its ground."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.modality_soft(modality))
    painter.drawRoundedRect(rect, 4, 4)
    painter.setPen(theme.modality_text(modality))
    painter.setFont(text_font(11, bold=True))
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
    """Paints from the theme it was given, whose colours it keeps, and keeps what it cut to a width."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._text, self._number = text_font(), number_font()
        self._metrics = {True: QFontMetrics(self._text), False: QFontMetrics(self._number)}
        self._cut: dict[tuple[str, int, bool], str] = {}
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Paint in other colours from now on."""
        self.theme = theme
        self._colors = {name: theme.color(name) for name in COLORS}

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(0, ROW_HEIGHT)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        rect = option.rect
        if selected:
            painter.fillRect(rect, self._colors["selection"])
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, self._colors["hover"])
        # Smoothed, the line would stand in two rows, of which often only one is painted anew.
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(self._colors["line"])
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        self._cell(painter, QRectF(rect), index, selected)

    def _cell(self, painter: QPainter, rect: QRectF, index: QModelIndex, selected: bool) -> None:
        column = index.column()
        if column == Column.CLASS:
            modality = index.data(Role.MODALITY)  # Qt hands a StrEnum back as its text
            if modality is not None:
                chip = QRectF(0, 0, 20, 18)
                chip.moveCenter(rect.center())
                paint_chip(painter, chip, Modality(modality), self.theme)
            if index.data(Role.DISAGREE):
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(self.theme.color("warning_text"))
                painter.drawEllipse(QPointF(rect.right() - 3, rect.center().y()), 3, 3)
        elif column == Column.STATUS:
            self._status(painter, rect, index)
        else:
            self._words(painter, rect, index, selected)

    def _words(self, painter: QPainter, rect: QRectF, index: QModelIndex, selected: bool) -> None:
        concept = index.column() == Column.CONCEPT
        painter.setFont(self._text if concept else self._number)
        text = str(index.data(Qt.ItemDataRole.DisplayRole) or "")
        color = "on_selection" if selected else "text"
        if concept and not text:
            text, color = "hidden" if index.data(Role.COVERED) else "no concept", "muted"
        painter.setPen(self._colors[color])
        room = rect.adjusted(8, 0, -8 if index.column() == Column.VALUE else -4, 0)
        side = RIGHT if index.column() == Column.VALUE else LEFT
        painter.drawText(room, side, self._fitted(text, int(room.width()), concept))

    def _fitted(self, text: str, width: int, concept: bool) -> str:
        key = (text, width, concept)
        if key not in self._cut:
            if len(self._cut) >= CUT_KEPT:
                self._cut.clear()
            whole = " ".join(text.split())
            self._cut[key] = self._metrics[concept].elidedText(whole, Qt.TextElideMode.ElideRight, width)
        return self._cut[key]

    def _status(self, painter: QPainter, rect: QRectF, index: QModelIndex) -> None:
        status, flagged = index.data(Role.STATUS), index.data(Role.FLAGGED)
        y = rect.center().y()
        if flagged:
            at = QPointF(rect.left() + 10, y) if status != "none" else rect.center()
            paint_mark(painter, at, "flag", self.theme.color("warning_text"))
        if status in MARKS:
            colors = {"accepted": "good_text", "edited": "good_text", "rejected": "danger_text"}
            at = QPointF(rect.right() - 10, y) if flagged else rect.center()
            paint_mark(painter, at, status, self.theme.color(colors.get(status, "muted")))
