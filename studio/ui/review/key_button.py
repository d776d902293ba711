"""A button that shows its key."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QPushButton, QStyle, QStyleOptionButton, QWidget

from studio.ui.actions import ActionRegistry
from studio.ui.bound import ACTION, Bound
from studio.ui.theme import Theme, ThemeKeeper, number_font, text_font

GAP, PAD, HEIGHT = 6, 10, 30


class KeyButton(QPushButton):
    """Triggers an action, is enabled when the action is, and draws the action's key beside its text.

    A key that is the text itself ("4") is not drawn twice. `spoken` is the accessible name where that of the
    action does not say enough.
    """

    def __init__(
        self,
        text: str,
        action_id: str,
        actions: ActionRegistry,
        themes: ThemeKeeper,
        role: str = "",
        spoken: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self._actions, self._id, self._themes, self._spoken = actions, action_id, themes, spoken
        self.setProperty(ACTION, action_id)
        self._key = ""
        self._chosen = False
        self.setProperty("role", role)
        self.setSizePolicy(self.sizePolicy().horizontalPolicy(), self.sizePolicy().Policy.Fixed)
        action = actions.action(action_id)
        self.clicked.connect(action.trigger)
        action.enabledChanged.connect(self.setEnabled)
        self.setEnabled(action.isEnabled())
        actions.shortcuts_changed.connect(self._key_changed)
        themes.changed.connect(self.update)
        self._key_changed(action_id)

    def set_chosen(self, chosen: bool) -> None:
        """Mark the button as what the reviewer said."""
        if chosen != self._chosen:
            self._chosen = chosen
            self.setProperty("chosen", chosen)
            self.setAccessibleDescription("chosen" if chosen else "")
            self.update()

    @property
    def chosen(self) -> bool:
        return self._chosen

    def sizeHint(self) -> QSize:
        width = QFontMetrics(self.font()).horizontalAdvance(self.text()) + 2 * PAD
        if self._key:
            width += GAP + self._key_width()
        return QSize(width, HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(self.sizeHint().width() - PAD, HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        option = QStyleOptionButton()
        self.initStyleOption(option)
        option.text = ""
        if self._chosen:
            option.state |= QStyle.StateFlag.State_On
        self.style().drawControl(QStyle.ControlElement.CE_PushButton, option, painter, self)
        self._content(painter)

    def _content(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        color = self._color(self._themes.theme)
        painter.setPen(color)
        painter.setFont(self.font())
        text_width = QFontMetrics(self.font()).horizontalAdvance(self.text())
        whole = text_width + (GAP + self._key_width() if self._key else 0)
        x = (self.width() - whole) / 2
        if not self._key:
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text())
            return
        room = QRectF(x, 0, text_width + 2, self.height())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.text())
        self._cap(
            painter, QRectF(x + text_width + GAP, (self.height() - 18) / 2, self._key_width(), 18), color
        )

    def _cap(self, painter: QPainter, rect: QRectF, color: QColor) -> None:
        theme = self._themes.theme
        strong = self._chosen or self.property("role") == "primary"
        rim = QColor(color)
        rim.setAlphaF(0.5)
        painter.setPen(QPen(rim if strong and self.isEnabled() else theme.color("key_line"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        painter.setPen(color if strong or not self.isEnabled() else theme.color("muted"))
        painter.setFont(number_font(11))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, self._key)

    def _color(self, theme: Theme) -> QColor:
        if not self.isEnabled():
            return theme.color("disabled" if not self._chosen else "muted")
        return theme.color("on_accent" if self._chosen or self.property("role") == "primary" else "text")

    def _key_width(self) -> int:
        return max(QFontMetrics(number_font(11)).horizontalAdvance(self._key) + 10, 18)

    def _key_changed(self, action_id: str) -> None:
        if action_id == self._id:
            key = self._actions.key_label(action_id)
            self._key = "" if key == self.text() else key
            tip = self._actions.action(action_id).toolTip()
            self.setToolTip(tip)
            name = self._spoken or self._actions.action(action_id).text().replace("&", "").rstrip("…")
            self.setAccessibleName(f"{name}, key {key}" if key else name)
            self.updateGeometry()
            self.update()


class Segment(QPushButton):
    """One of several choices in a row, bound to a checkable action."""

    def __init__(
        self, text: str, action_id: str, place: str, actions: ActionRegistry, parent: QWidget | None = None
    ) -> None:
        super().__init__(text, parent)
        action = actions.action(action_id)
        Bound(self, action_id, actions, press=False)
        self.setProperty("segment", place)
        self.setCheckable(True)
        self.setFont(text_font())
        self.setChecked(action.isChecked())
        self.setAccessibleName(action.text().replace("&", ""))
        action.toggled.connect(self.setChecked)
        self.clicked.connect(lambda: self._choose(action))

    def _choose(self, action: object) -> None:
        # A click on the chosen one would uncheck the button; the action's group keeps it chosen.
        action.trigger()  # type: ignore[attr-defined]
        self.setChecked(action.isChecked())  # type: ignore[attr-defined]


def show_key(field: QLineEdit | QPlainTextEdit, words: str, action_id: str, actions: ActionRegistry) -> None:
    """Let an empty field say what goes into it and which key puts the cursor there: "Note (O)"."""

    def say(_id: str = "") -> None:
        keys = actions.keys(action_id)
        field.setPlaceholderText(f"{words} ({keys[0]})" if keys else words)

    Bound(field, action_id, actions)
    actions.shortcuts_changed.connect(say)
    say()
