"""Markdown somebody else wrote, shown safely: no HTML, no pictures, nothing loaded from anywhere."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QTextCursor, QTextDocument
from PySide6.QtWidgets import QTextBrowser, QWidget

OPENED = ("https", "http")


class MarkdownView(QTextBrowser):
    """Links to the web are opened in the browser when they are clicked; nothing else is followed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setOpenLinks(False)
        self.setAccessibleName("Guidelines")
        self.anchorClicked.connect(follow)

    def show_text(self, text: str) -> None:
        """Show Markdown; HTML in it is shown as it was typed."""
        features = QTextDocument.MarkdownFeature
        self.document().setMarkdown(text, features.MarkdownNoHTML | features.MarkdownDialectGitHub)
        self.moveCursor(QTextCursor.MoveOperation.Start)  # Qt leaves it at the end, and scrolls there

    def loadResource(self, kind: int, url: QUrl) -> Any:
        return None


def follow(url: QUrl) -> bool:
    """Open a link to the web; whether it is one."""
    good = url.scheme() in OPENED
    return good and QDesktopServices.openUrl(url)
