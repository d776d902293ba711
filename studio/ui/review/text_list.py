"""The list of example texts: painted blocks in a scroll area, laid out as they come into sight."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QToolTip, QWidget

from studio.domain.evidence import ExampleKind
from studio.ui.review.bounded import Bounded
from studio.ui.review.plain import full_text, plain_tip
from studio.ui.review.text_block import PAD, TextBlock
from studio.ui.review.text_paint import Placed, TextPaint
from studio.ui.review.text_turns import TextShot
from studio.ui.theme import Theme, ThemeKeeper, text_font

VALUE_WIDTH, SIDE = 52, 4
RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
#: Blocks this far below the lower edge are laid out already.
AHEAD = 100
#: Neurons whose blocks are kept: the one in front and its neighbours.
NEURONS_KEPT = 8


class TextList(QAbstractScrollArea):
    """Blocks below each other, the activation at the right. A click opens a long text."""

    def __init__(self, themes: ThemeKeeper, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes, self._paint = themes, TextPaint(themes.theme)
        self.blocks: list[TextBlock] = []
        self._kept: Bounded[list[TextBlock]] = Bounded(NEURONS_KEPT)
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName("Example texts")
        self.viewport().setMouseTracking(True)
        self.viewport().setAutoFillBackground(False)
        themes.changed.connect(self._theme_changed)

    def show_shots(self, shots: list[TextShot]) -> None:
        """Show these examples from the first one."""
        self.blocks = self._made(shots)
        for block in self.blocks:
            if block.opened:
                block.toggle()
        self.setAccessibleDescription(f"{len(shots)} texts")
        self.verticalScrollBar().setValue(0)
        self._lay_out()
        self.viewport().update()

    def prepare(self, shots: list[TextShot], height: int) -> None:
        """Have those of examples that will be shown soon laid out that come into sight at this height."""
        last, blocks = height + AHEAD, self._made(shots)
        bar = self.verticalScrollBar().sizeHint().width()
        for width in (self.width(), self.width() - bar):  # the scroll bar comes and goes
            top = 0.0
            for block in blocks:
                if top > last:
                    break
                top += block.lay_out(width - VALUE_WIDTH)

    def _made(self, shots: list[TextShot]) -> list[TextBlock]:
        """The blocks of examples, the ones made before where they are still there."""
        if not shots:
            return []
        key = shots[0].neuron, shots[0].example.kind
        kept = self._kept.get(key)
        if kept is None or not same(kept, shots):
            kept = [TextBlock(shot, self._themes.theme) for shot in shots]
            self._kept.put(key, kept)
        return kept

    def sizeHint(self) -> QSize:
        return QSize(400, 160)

    def minimumSizeHint(self) -> QSize:
        return QSize(160, 60)

    def block_at(self, y: int) -> tuple[TextBlock, float] | None:
        """The block at a height of the viewport, and where it begins there."""
        top = -float(self.verticalScrollBar().value())
        for block in self.blocks:
            if top <= y < top + block.height:
                return block, top
            top += block.height
        return None

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self._lay_out()
        self.viewport().update()

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            self._tip(event.pos(), event.globalPos())
            return True
        return super().viewportEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        found = self.block_at(int(event.position().y()))
        if found is not None and (found[0].cut or found[0].opened):
            found[0].toggle()
            self._lay_out()
            self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        if not self.blocks:
            painter.setPen(self._paint.muted)
            painter.setFont(text_font())
            words = "This neuron fires on no text of the data set."
            flags = int(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap)
            painter.drawText(self.viewport().rect().adjusted(0, 8, 0, 0), flags, words)
            return
        placed = list(self._in_sight())
        self._paint.paint(painter, placed)
        self._values(painter, placed)
        self._lines(painter, placed)

    def _in_sight(self) -> Iterator[Placed]:
        top = -float(self.verticalScrollBar().value())
        for block in self.blocks:
            if top > self.viewport().height():
                return
            if top + block.height >= 0:
                yield block, top
            top += block.height

    def _values(self, painter: QPainter, placed: list[Placed]) -> None:
        """The activation of each, at the right, in the pen and font of the letters."""
        left, height = self.viewport().width() - VALUE_WIDTH, self._paint.text_height
        for block, top in placed:
            if block.shot.example.kind is not ExampleKind.SILENT:
                room = QRect(left, round(top) + PAD, VALUE_WIDTH - SIDE, height)
                painter.drawText(room, RIGHT, f"{block.shot.example.score:.2f}")

    def _lines(self, painter: QPainter, placed: list[Placed]) -> None:
        """A thin line below each."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(self._paint.line)
        for block, top in placed:
            below = round(top + block.height) - 1
            painter.drawLine(0, below, self.viewport().width(), below)

    def _tip(self, at: QPoint, on_screen: QPoint) -> None:
        found = self.block_at(at.y())
        if found is None:
            QToolTip.hideText()
            return
        block, top = found
        token = block.token_at(at.x(), at.y() - top)
        lines = [f"Sample {block.shot.sample.id}", "", full_text(block.shot.sample.turns)]
        if token is not None and token in block.values:
            piece = block.shot.sample.tokens[token].strip()
            lines = [f"“{piece}”  {block.values[token]:.2f}", *lines]
        QToolTip.showText(on_screen, plain_tip("\n".join(lines)), self.viewport())

    def _lay_out(self) -> None:
        width = self.viewport().width() - VALUE_WIDTH
        bar = self.verticalScrollBar()
        top, last = 0.0, bar.value() + self.viewport().height() + AHEAD
        for block in self.blocks:
            top += block.lay_out(width) if top <= last else block.height
        whole = round(top)
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep(24)
        bar.setRange(0, max(whole - self.viewport().height(), 0))

    def _theme_changed(self, theme: Theme) -> None:
        self._kept.clear()
        self._paint = TextPaint(theme)
        for block in self.blocks:
            block.set_theme(theme)
        self._lay_out()
        self.viewport().update()


def same(blocks: list[TextBlock], shots: list[TextShot]) -> bool:
    """Whether the blocks show these very examples."""
    return len(blocks) == len(shots) and all(
        block.shot.example is shot.example
        and block.shot.sample.tokens is shot.sample.tokens
        and block.shot.peak == shot.peak
        for block, shot in zip(blocks, shots, strict=True)
    )
