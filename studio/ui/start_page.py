"""The first thing seen: open the demo, make a project, open one, or drop a file."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from studio.ui.actions import ActionRegistry
from studio.ui.bound import Bound
from studio.ui.icons import application_icon, icon
from studio.ui.labels import label
from studio.ui.recent_list import RecentList
from studio.ui.theme import Theme, ThemeKeeper

CHOICES = (
    (
        "file.demo",
        "demo",
        "Open demo",
        "A small LLaVA-NeXT on drawn scenes. Made here once, in about three minutes.",
    ),
    ("file.new", "new", "New project", "Your model, SAE and data. The whole pipeline runs on this computer."),
    ("file.open", "open", "Open file", "A project that was sent to you. No GPU and no network needed."),
)


class StartPage(QWidget):
    """`open_asked` carries the path of a recent file; the three choices are the shared actions."""

    open_asked = Signal(Path)
    forget_asked = Signal(Path)

    def __init__(self, actions: ActionRegistry, themes: ThemeKeeper, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "canvas")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._icons: list[tuple[QPushButton | QLabel, str]] = []
        self.recent = RecentList()
        self.recent.open_asked.connect(self.open_asked)
        self.recent.forget_asked.connect(self.forget_asked)
        self._recent_box = self._make_recent()
        self._drop = self._make_drop()
        column = QVBoxLayout()
        column.setSpacing(16)
        column.addStretch(1)
        column.addLayout(self._head())
        column.addLayout(self._choices(actions))
        column.addWidget(self._drop)
        column.addWidget(self._recent_box, 3)
        column.addStretch(1)
        self._center(column)
        themes.changed.connect(self._paint)
        self._paint(themes.theme)

    def set_recent(self, paths: list[Path]) -> None:
        """Show the files opened last; missing ones are greyed."""
        self.recent.set_paths(paths)
        self._recent_box.setVisible(bool(paths))

    def set_drop_hint(self, over: bool) -> None:
        """Light the drop field up while a file hovers over the window."""
        self._drop.setProperty("over", "true" if over else "false")
        self._drop.style().unpolish(self._drop)
        self._drop.style().polish(self._drop)

    def _center(self, column: QVBoxLayout) -> None:
        inner = QWidget()
        inner.setMaximumWidth(840)
        inner.setLayout(column)
        column.setContentsMargins(24, 32, 24, 24)
        row = QHBoxLayout(self)
        row.addStretch(1)
        row.addWidget(inner, 10)
        row.addStretch(1)

    def _head(self) -> QHBoxLayout:
        picture = QLabel()
        picture.setPixmap(application_icon().pixmap(56, 56))
        text = QVBoxLayout()
        text.setSpacing(4)
        text.addWidget(label("Concept Studio", "display"))
        text.addWidget(
            label("See what the neurons of a vision-language model respond to, and name it.", "muted")
        )
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addWidget(picture)
        row.addLayout(text, 1)
        return row

    def _choices(self, actions: ActionRegistry) -> QGridLayout:
        grid = QGridLayout()
        grid.setSpacing(12)
        for column, (action_id, picture, title, text) in enumerate(CHOICES):
            grid.addWidget(self._choice(actions, action_id, picture, title, text), 0, column)
            grid.setColumnStretch(column, 1)
        return grid

    def _choice(self, actions: ActionRegistry, action_id: str, picture: str, title: str, text: str) -> QFrame:
        card = QFrame()
        card.setProperty("role", "card")
        card.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        card.setMinimumHeight(136)
        button = QPushButton(title)
        button.setIconSize(QSize(20, 20))
        button.setMinimumHeight(36)
        if action_id == "file.demo":
            button.setProperty("role", "primary")
        Bound(button, action_id, actions, text)
        self._icons.append((button, picture))
        layout = QVBoxLayout(card)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        layout.addWidget(button)
        layout.addWidget(label(text, "muted", wrap=True))
        layout.addStretch(1)
        return card

    def _make_drop(self) -> QFrame:
        frame = QFrame()
        frame.setProperty("role", "drop")
        row = QHBoxLayout(frame)
        row.setContentsMargins(16, 16, 16, 16)
        row.setSpacing(12)
        picture = QLabel()
        self._icons.append((picture, "drop"))
        row.addStretch(1)
        row.addWidget(picture)
        row.addWidget(label("Drop a .cstudio file anywhere on this window", "muted"))
        row.addStretch(1)
        return frame

    def _make_recent(self) -> QWidget:
        box = QWidget()
        layout = QVBoxLayout(box)
        layout.setContentsMargins(0, 8, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(label("Recent", "heading"))
        layout.addWidget(self.recent, 1)
        return box

    def _paint(self, theme: Theme) -> None:
        for widget, name in self._icons:
            primary = widget.property("role") == "primary"
            made = icon(name, theme.color("on_accent" if primary else "muted"))
            if isinstance(widget, QLabel):
                widget.setPixmap(made.pixmap(24, 24))
            else:
                widget.setIcon(made)
        self.recent.repaint_icons(theme)
