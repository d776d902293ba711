"""All keys at a glance, over the window; made from the actions, gone with the next key."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from studio.ui.action_list import MENUS
from studio.ui.actions import ActionRegistry
from studio.ui.keys.editor import native
from studio.ui.theme import ThemeKeeper, number_font, text_font

ROW, GAP, PAD, HEAD, COLUMNS = 21, 18, 20, 50, 3
#: The review first: whoever asks for the keys wants to go on with it.
ORDER = (
    "Review",
    "Neurons",
    "Edit",
    "View",
    *(m for m in MENUS if m not in ("Review", "Neurons", "Edit", "View")),
)
SHORT = {"Enter (number pad)": "", "Right": "→", "Left": "←", "Down": "↓", "Up": "↑"}
#: Keys of media keyboards that a platform adds; few have them.
RARE = frozenset({"Find", "New", "Open", "Help", "Close", "Undo", "Redo", "Save", "Copy"})


#: Worth knowing before there is anything to take back.
WAITING = ("edit.undo", "edit.redo")


@dataclass(frozen=True, slots=True)
class Line:
    """What is done, and the keys that do it; a heading has none."""

    text: str
    keys: tuple[str, ...] = ()


def lines_of(actions: ActionRegistry) -> list[list[Line]]:
    """A group of lines a menu: acts that work now and have a key. Acts of one family share a line."""
    groups = []
    for menu in ORDER:
        found: dict[str, tuple[str, ...]] = {}
        for spec in actions.specs():
            works = actions.action(spec.id).isEnabled() or spec.id in WAITING
            if spec.menu == menu and works and actions.keys(spec.id):
                text = spec.family or spec.words
                found[text] = found.get(text, ()) + shown(actions.keys(spec.id), bool(spec.family))
        if found:
            groups.append([Line(menu), *(Line(text, keys) for text, keys in found.items())])
    return groups


def shown(keys: Iterable[str], one: bool) -> tuple[str, ...]:
    """Keys as they stand on the caps; two at most, one of each act of a family."""
    caps = [cap for key in keys if key not in RARE and (cap := SHORT.get(native(key), native(key)))]
    return tuple(caps[: 1 if one else 2])


class KeysOverlay(QWidget):
    """Covers `window`. Any key and any click close it, and do nothing else."""

    closed = Signal()

    def __init__(self, actions: ActionRegistry, themes: ThemeKeeper, window: QWidget) -> None:
        super().__init__(window)
        self._actions, self._themes = actions, themes
        self._groups: list[list[Line]] = []
        self._before: QWidget | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Keys")
        themes.changed.connect(self.update)
        self.hide()

    def open(self) -> None:
        """Show the keys of now."""
        window = self.parentWidget()
        self._groups = lines_of(self._actions)
        said = (
            f"{line.text}: {', '.join(line.keys)}" for group in self._groups for line in group if line.keys
        )
        self.setAccessibleDescription("; ".join(said))
        self._before = window.focusWidget()
        self.setGeometry(window.rect())
        window.installEventFilter(self)
        self.show()
        self.raise_()
        self.setFocus(Qt.FocusReason.PopupFocusReason)

    def leave(self) -> None:
        """Take the keys away; the focus goes back to where it was."""
        if not self.isVisible():
            return
        self.parentWidget().removeEventFilter(self)
        self.hide()
        if self._before is not None:
            self._before.setFocus(Qt.FocusReason.PopupFocusReason)
        self.closed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self.setGeometry(self.parentWidget().rect())
        return False

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()  # the key closes this and does nothing else
            return True
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() not in (Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_Meta):
                self.leave()
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.leave()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        scrim = QColor(theme.color("canvas"))
        scrim.setAlphaF(0.82)
        painter.fillRect(self.rect(), scrim)
        columns = arranged(self._groups, COLUMNS)
        longest = max((height(column) for column in columns), default=0)
        card = QRectF(0, 0, min(self.width() - 32, 1120), min(longest + HEAD + 8, self.height() - 16))
        card.moveCenter(QRectF(self.rect()).center())
        painter.setPen(QPen(theme.color("line"), 1))
        painter.setBrush(theme.color("card"))
        painter.drawRoundedRect(card, 10, 10)
        self._head(painter, card)
        row = min(ROW, (card.height() - HEAD - 8) / max(longest / ROW, 1))
        wide = (card.width() - 2 * PAD - GAP * (COLUMNS - 1)) / COLUMNS
        for place, column in enumerate(columns):
            left = card.left() + PAD + place * (wide + GAP)
            self._column(painter, QRectF(left, card.top() + HEAD, wide, row), column)

    def sizeHint(self) -> QSize:
        return QSize(960, 560)

    def _head(self, painter: QPainter, card: QRectF) -> None:
        theme, flags = self._themes.theme, Qt.AlignmentFlag
        top = card.adjusted(PAD, 14, -PAD, 0)
        top.setHeight(26)
        painter.setFont(text_font(17, bold=True))
        painter.setPen(theme.color("text"))
        painter.drawText(top, int(flags.AlignLeft | flags.AlignVCenter), "Keys")
        painter.setFont(text_font(12))
        painter.setPen(theme.color("muted"))
        words = "Any key closes this. Edit > Keyboard shortcuts… changes them."
        painter.drawText(top, int(flags.AlignRight | flags.AlignVCenter), words)

    def _column(self, painter: QPainter, rect: QRectF, groups: list[list[Line]]) -> None:
        for group in groups:
            for line in group:
                self._line(painter, rect, line)
                rect = rect.translated(0, rect.height())
            rect = rect.translated(0, rect.height() / 2)

    def _line(self, painter: QPainter, rect: QRectF, line: Line) -> None:
        theme, flags = self._themes.theme, Qt.AlignmentFlag
        heading = not line.keys
        right = rect.right()
        for key in reversed(line.keys):
            right = self._cap(painter, rect, right, key)
        painter.setFont(text_font(12 if rect.height() < 20 else 13, bold=heading))
        painter.setPen(theme.color("accent_text" if heading else "text"))
        room = QRectF(rect.left(), rect.top(), right - rect.left() - 6, rect.height())
        words = QFontMetrics(painter.font()).elidedText(
            line.text, Qt.TextElideMode.ElideRight, int(room.width())
        )
        painter.drawText(room, int(flags.AlignLeft | flags.AlignVCenter), words)

    def _cap(self, painter: QPainter, rect: QRectF, right: float, key: str) -> float:
        """A key cap that ends at `right`; where the next one ends."""
        theme = self._themes.theme
        painter.setFont(number_font(11))
        wide = max(QFontMetrics(painter.font()).horizontalAdvance(key) + 10, 18)
        high = min(rect.height() - 3, 18.0)
        cap = QRectF(right - wide, rect.center().y() - high / 2, wide, high)
        painter.setPen(QPen(theme.color("key_line"), 1))
        painter.setBrush(theme.color("panel"))
        painter.drawRoundedRect(cap, 4, 4)
        painter.setPen(theme.color("text"))
        painter.drawText(cap, int(Qt.AlignmentFlag.AlignCenter), key)
        return cap.left() - 4


def height(groups: Iterable[list[Line]]) -> float:
    """What groups need one below the other, in pixels."""
    return sum(len(group) * ROW + ROW / 2 for group in groups)


def arranged(groups: list[list[Line]], columns: int) -> list[list[list[Line]]]:
    """Groups in columns, each put where there is most room: the largest first would tear the order apart."""
    made: list[list[list[Line]]] = [[] for _ in range(columns)]
    for group in groups:
        min(made, key=height).append(group)
    return made
