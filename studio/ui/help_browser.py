"""One page of the guide: Markdown with room between its parts, and pictures as wide as the page."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path, PurePosixPath
from typing import Any

from PySide6.QtCore import QEvent, Qt, QTimer, QUrl
from PySide6.QtGui import (
    QImage,
    QPalette,
    QResizeEvent,
    QTextBlock,
    QTextCursor,
    QTextDocument,
    QTextTable,
)
from PySide6.QtWidgets import QTextBrowser, QWidget

REFIT_MS = 120
MARGIN = 20


def help_pages() -> list[Path]:
    """The pages of the guide, in order."""
    folder = Path(str(files("resources").joinpath("help")))
    return sorted(folder.glob("*.md"))


class HelpBrowser(QTextBrowser):
    """Shows one page. Loads pictures of the help folder and nothing else, whatever a text asks for.

    A picture is drawn in the theme of the window and never wider than the page, also after a resize.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setOpenLinks(False)
        self.setAccessibleName("Guide")
        self._text = ""
        self._fitted = 0
        self._refit = QTimer(self, singleShot=True, interval=REFIT_MS)
        self._refit.timeout.connect(self._again)

    def show_page(self, text: str) -> None:
        """Show Markdown from its beginning, its tables without boxes."""
        self._text, self._fitted = text, self._room()
        self.setMarkdown(text)
        for frame in self.document().rootFrame().childFrames():
            if isinstance(frame, QTextTable):
                form = frame.format()
                form.setBorder(0)
                form.setCellPadding(5)
                frame.setFormat(form)
        space_out(self.document())
        self.moveCursor(QTextCursor.MoveOperation.Start)

    def loadResource(self, kind: int, url: QUrl) -> Any:
        name = PurePosixPath(url.path())
        if kind == QTextDocument.ResourceType.ImageResource and not url.scheme() and ".." not in name.parts:
            path = help_pages()[0].parent / name
            if not name.is_absolute() and path.is_file():
                return self._fit(QImage(str(self._in_theme(path))))
        return None

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._text and self._room() != self._fitted:
            self._refit.start()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._text:
            self._refit.start()

    def _again(self) -> None:
        bar = self.verticalScrollBar()
        read = bar.value() / max(bar.maximum(), 1)
        self.show_page(self._text)
        bar.setValue(round(read * bar.maximum()))

    def _room(self) -> int:
        """Pixels a picture may be wide, the same with and without a scroll bar."""
        bar = self.verticalScrollBar().sizeHint().width()
        return max(self.contentsRect().width() - bar - 2 * MARGIN, 1)

    def _fit(self, image: QImage) -> QImage:
        ratio = self.devicePixelRatioF()
        if image.width() > self._room() * ratio:
            image = image.scaledToWidth(
                round(self._room() * ratio), Qt.TransformationMode.SmoothTransformation
            )
            image.setDevicePixelRatio(ratio)
        return image

    def _in_theme(self, path: Path) -> Path:
        """The page names the dark picture; a light window shows the light one, where there is one."""
        light = path.with_name(path.name.replace("-dark.", "-light."))
        base = self.palette().color(QPalette.ColorRole.Base)
        return light if base.lightness() > 127 and light.is_file() else path


def space_out(document: QTextDocument) -> None:
    """Room above headings and below paragraphs: Qt's Markdown reader sets the lines of a page solid."""
    cursor, block = QTextCursor(document), document.begin()
    while block.isValid():
        cursor.setPosition(block.position())
        if cursor.currentTable() is None:
            above, below = _room(block)
            form = block.blockFormat()
            form.setTopMargin(above)
            form.setBottomMargin(below)
            cursor.setBlockFormat(form)
        block = block.next()


def _room(block: QTextBlock) -> tuple[int, int]:
    """Pixels above and below; lines of one list or one example of code stay together."""
    if block.blockFormat().headingLevel():
        return (0 if block.position() == 0 else 16, 6)
    after = block.next()
    if block.textList() is not None:
        return (0, 2 if after.textList() is not None else 10)
    code = block.blockFormat().nonBreakableLines() and after.blockFormat().nonBreakableLines()
    return (0, 0 if code else 10)
