"""The files opened last; those that are gone stay, greyed, until they are removed from the list."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QMenu, QWidget

from studio.ui.icons import icon
from studio.ui.review.plain import plain_tip
from studio.ui.theme import Theme

PATH = Qt.ItemDataRole.UserRole


class RecentList(QListWidget):
    """`open_asked` on Enter or double click, `forget_asked` on Delete or from the context menu."""

    open_asked = Signal(Path)
    forget_asked = Signal(Path)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Recent projects")
        self.setSpacing(1)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._menu)
        self.itemActivated.connect(self._activated)
        self._theme: Theme | None = None

    def set_paths(self, paths: list[Path]) -> None:
        """Show `paths` in this order."""
        self.clear()
        for path in paths:
            self.addItem(self._item(path))
        if self._theme is not None:
            self.repaint_icons(self._theme)

    def repaint_icons(self, theme: Theme) -> None:
        """Draw the icons in the colours of `theme`."""
        self._theme = theme
        for row in range(self.count()):
            item = self.item(row)
            here = bool(item.flags() & Qt.ItemFlag.ItemIsEnabled)
            item.setIcon(icon("file", theme.color("muted" if here else "disabled")))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        item = self.currentItem()
        if event.key() == Qt.Key.Key_Delete and item is not None:
            self.forget_asked.emit(item.data(PATH))
            return
        super().keyPressEvent(event)

    def _item(self, path: Path) -> QListWidgetItem:
        here = path.is_file()
        gone = "" if here else "   (not found)"
        item = QListWidgetItem(f"{path.stem}{gone}   —   {path.parent}")
        item.setSizeHint(QSize(0, 32))
        item.setData(PATH, path)
        item.setToolTip(plain_tip(str(path)))
        if not here:
            item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsEnabled)
        return item

    def _activated(self, item: QListWidgetItem) -> None:
        self.open_asked.emit(item.data(PATH))

    def _menu(self, at: QPoint) -> None:
        item = self.itemAt(at)
        if item is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        path = item.data(PATH)
        menu.addAction("Remove from this list", lambda: self.forget_asked.emit(path))
        menu.popup(self.mapToGlobal(at))
