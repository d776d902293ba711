"""The user guide: the same Markdown that stands in `resources/help`, with its pages at the left."""

from __future__ import annotations

from pathlib import PurePosixPath

from PySide6.QtCore import QSize, Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog, QHBoxLayout, QListWidget, QListWidgetItem, QWidget

from studio.ui.fitting import within_screen
from studio.ui.help_browser import HelpBrowser, help_pages
from studio.ui.review.plain import plain_tip

TITLE_ROOM = 40
WIDEST_LIST = 320


def page_title(text: str) -> str:
    """The first heading of a page."""
    found = next((row for row in text.splitlines() if row.startswith("# ")), "# Help")
    return found[2:].strip()


class HelpViewer(QDialog):
    """A window of its own, so that it can stay beside the work."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setWindowTitle("Concept Studio guide")
        self.setObjectName("guide")
        self.resize(within_screen(self, QSize(880, 640)))
        self._list = QListWidget()
        self._list.setAccessibleName("Pages")
        self._browser = HelpBrowser()
        for path in help_pages():
            title = page_title(path.read_text(encoding="utf-8"))
            item = QListWidgetItem(title)
            item.setSizeHint(QSize(0, 32))
            item.setToolTip(plain_tip(title))
            item.setData(Qt.ItemDataRole.UserRole, path)
            self._list.addItem(item)
        self._list.setFixedWidth(self._width_of_titles())
        self._list.currentItemChanged.connect(self._show_item)
        self._browser.anchorClicked.connect(self._follow)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._list)
        layout.addWidget(self._browser, 1)
        self._list.setCurrentRow(0)

    def _width_of_titles(self) -> int:
        self._list.ensurePolished()
        titles = [self._list.item(row).text() for row in range(self._list.count())]
        widest = max(map(self._list.fontMetrics().horizontalAdvance, titles)) + TITLE_ROOM
        return min(widest, WIDEST_LIST)

    def open_page(self, name: str) -> bool:
        """Show the page whose file name holds `name`; False when there is none."""
        for row in range(self._list.count()):
            if name in self._list.item(row).data(Qt.ItemDataRole.UserRole).name:
                self._list.setCurrentRow(row)
                return True
        return False

    def _show_item(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self._browser.show_page(item.data(Qt.ItemDataRole.UserRole).read_text(encoding="utf-8"))

    def _follow(self, url: QUrl) -> None:
        if url.scheme() in ("https", "http"):
            QDesktopServices.openUrl(url)
        elif url.path().endswith(".md"):
            self.open_page(PurePosixPath(url.path()).name)
