"""The bar above the columns: how far the review is, the search field, who reviews."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QPushButton, QSizePolicy, QWidget

from studio.ui.actions import ActionRegistry
from studio.ui.icons import icon
from studio.ui.labels import label, number_label
from studio.ui.progress_line import progress_line, set_share
from studio.ui.review.plain import plain_tip
from studio.ui.theme import Theme, ThemeKeeper


class SearchField(QLineEdit):
    """Escape empties it first and leaves it then; Enter and Down go on to the list."""

    leave = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Down):
            self.leave.emit()
            return
        super().keyPressEvent(event)


class TopBar(QFrame):
    """`search_changed` carries the text as it is typed; `reviewer_clicked` asks to change the name."""

    search_changed = Signal(str)
    search_left = Signal()

    def __init__(self, actions: ActionRegistry, themes: ThemeKeeper, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "bar")
        self._actions = actions
        self._queue = label("Reviewed", "")
        self._bar = progress_line("Reviewed", 220)
        self._counts = number_label()
        self.search = SearchField()
        self._key = label("", "key")
        self._reviewer = QPushButton()
        self._build()
        self.search.textChanged.connect(self.search_changed)
        self.search.leave.connect(self.search_left)
        self._reviewer.clicked.connect(actions.action("edit.reviewer").trigger)
        actions.shortcuts_changed.connect(self._show_key)
        themes.changed.connect(self._paint)
        self._paint(themes.theme)
        self._show_key("edit.find")
        self.set_reviewer("")
        self.set_queue(0, 0, 0.0)

    def set_queue(self, done: int, total: int, per_hour: float) -> None:
        """`done` of `total` neurons reviewed; the pace is shown once there is one."""
        shown = total > 0
        for part in (self._queue, self._bar, self._counts):
            part.setVisible(shown)
        set_share(self._bar, done / total if total else 0.0)
        pace = f" · {per_hour:.0f} per hour" if per_hour >= 1 else ""
        self._counts.setText(f"{done:,} / {total:,}{pace}")

    def set_reviewer(self, name: str) -> None:
        """Show who reviews."""
        shown = name if len(name) <= 24 else f"{name[:23]}…"
        self._reviewer.setText(f"Reviewer: {shown}".replace("&", "&&") if name else "Reviewer…")
        self._reviewer.setToolTip(plain_tip(name or "Say who is reviewing"))
        self._reviewer.setAccessibleName(f"Reviewer {name}" if name else "Choose the reviewer")

    def _build(self) -> None:
        self.search.setPlaceholderText("Search neurons …")
        self.search.setAccessibleName("Search neurons")
        self.search.setMinimumWidth(160)
        self.search.setMaximumWidth(280)
        self.search.setMaxLength(500)
        inside = QHBoxLayout(self.search)
        inside.setContentsMargins(8, 0, 8, 0)
        inside.addStretch(1)
        inside.addWidget(self._key, 0, Qt.AlignmentFlag.AlignVCenter)
        self._key.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._key.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.search.textChanged.connect(lambda text: self._key.setVisible(not text))
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 8, 16, 8)
        row.setSpacing(12)
        for part in (self._queue, self._bar, self._counts):
            row.addWidget(part)
        row.addStretch(1)
        row.addWidget(self.search, 1)
        row.addWidget(self._reviewer)

    def _show_key(self, action_id: str) -> None:
        if action_id == "edit.find":
            self._key.setText(self._actions.key_label("edit.find").replace("+", " "))

    def _paint(self, theme: Theme) -> None:
        self._reviewer.setIcon(icon("reviewer", theme.color("muted")))
