"""The user guide: the same Markdown that stands in `resources/help`, with its pages at the left."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path, PurePosixPath
from typing import Any

from PySide6.QtCore import QSize, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QImage, QTextDocument, QTextTable
from PySide6.QtWidgets import QDialog, QHBoxLayout, QListWidget, QListWidgetItem, QTextBrowser, QWidget

from studio.ui.fitting import within_screen


def help_pages() -> list[Path]:
    """The pages of the guide, in order."""
    folder = Path(str(files("resources").joinpath("help")))
    return sorted(folder.glob("*.md"))


def page_title(text: str) -> str:
    """The first heading of a page."""
    found = next((row for row in text.splitlines() if row.startswith("# ")), "# Help")
    return found[2:].strip()


class HelpBrowser(QTextBrowser):
    """Shows one page. Loads pictures of the help folder and nothing else, whatever a text asks for."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setOpenLinks(False)
        self.setAccessibleName("Guide")

    def show_page(self, text: str) -> None:
        """Show Markdown, its tables without boxes."""
        self.setMarkdown(text)
        for frame in self.document().rootFrame().childFrames():
            if isinstance(frame, QTextTable):
                form = frame.format()
                form.setBorder(0)
                form.setCellPadding(5)
                frame.setFormat(form)

    def loadResource(self, kind: int, url: QUrl) -> Any:
        name = PurePosixPath(url.path())
        if kind == QTextDocument.ResourceType.ImageResource and not url.scheme() and ".." not in name.parts:
            path = help_pages()[0].parent / name
            if not name.is_absolute() and path.is_file():
                return QImage(str(path))
        return None


class HelpViewer(QDialog):
    """A window of its own, so that it can stay beside the work."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setWindowTitle("Concept Studio guide")
        self.setObjectName("guide")
        self.resize(within_screen(self, QSize(880, 640)))
        self._list = QListWidget()
        self._list.setFixedWidth(200)
        self._list.setAccessibleName("Pages")
        self._browser = HelpBrowser()
        for path in help_pages():
            item = QListWidgetItem(page_title(path.read_text(encoding="utf-8")))
            item.setSizeHint(QSize(0, 32))
            item.setData(Qt.ItemDataRole.UserRole, path)
            self._list.addItem(item)
        self._list.currentItemChanged.connect(self._show_item)
        self._browser.anchorClicked.connect(self._follow)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._list)
        layout.addWidget(self._browser, 1)
        self._list.setCurrentRow(0)

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
