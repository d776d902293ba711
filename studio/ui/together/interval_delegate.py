"""A coefficient with its interval, drawn as a dot on a line from -0.2 to 1."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from studio.domain.agreement import Undefined
from studio.services.agreement import AgreementRow
from studio.ui.theme import ThemeKeeper

LOWEST, HIGHEST = -0.2, 1.0
WIDTH, DOT, PAD = 200, 3.5, 12
#: Where the line has a mark: no agreement beyond chance, and full agreement.
MARKS = (0.0, 0.5, 1.0)


class IntervalDelegate(QStyledItemDelegate):
    """Draws the `AgreementRow` that stands in the row; nothing where there is no number."""

    def __init__(self, themes: ThemeKeeper, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(WIDTH, super().sizeHint(option, index).height())

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        row: AgreementRow | None = index.data(Qt.ItemDataRole.UserRole)
        rect, theme = QRectF(option.rect), self._themes.theme  # type: ignore[attr-defined]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:  # type: ignore[attr-defined]
            painter.fillRect(rect, theme.color("selection"))
        middle = rect.center().y()
        painter.setPen(QPen(theme.color("line"), 1))
        for mark in MARKS:
            x = place(mark, rect)
            painter.drawLine(QPointF(x, rect.top() + 6), QPointF(x, rect.bottom() - 6))
        if row is not None and not isinstance(row.estimate.value, Undefined):
            self._draw(painter, row, rect, middle)
        painter.restore()

    def _draw(self, painter: QPainter, row: AgreementRow, rect: QRectF, middle: float) -> None:
        value, low, high = row.estimate.value, row.estimate.low, row.estimate.high
        # Raw agreement is on another scale: chance is not at 0.
        accent = self._themes.theme.color("muted" if row.statistic == "raw" else "accent")
        if not isinstance(low, Undefined) and not isinstance(high, Undefined):
            painter.setPen(QPen(accent, 2, c=Qt.PenCapStyle.RoundCap))
            painter.drawLine(QPointF(place(low, rect), middle), QPointF(place(high, rect), middle))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(accent)
        painter.drawEllipse(QPointF(place(float(value), rect), middle), DOT, DOT)  # type: ignore[arg-type]


def place(value: float, rect: QRectF) -> float:
    """Where a value stands; what is below the line's end stands at its end."""
    share = (min(max(value, LOWEST), HIGHEST) - LOWEST) / (HIGHEST - LOWEST)
    return rect.left() + PAD + share * (rect.width() - 2 * PAD)
