"""A4 pages that blocks of rich text are laid out on, one below the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plugins.export_show import clean

if TYPE_CHECKING:
    from PySide6.QtCore import QBuffer
    from PySide6.QtGui import QImage, QPainter, QPdfWriter, QTextDocument

#: Drawing units in an inch; margins and the gap between blocks in these units.
DPI, MARGIN, GAP = 96, 56, 14
STYLE = "body{color:#1f2328} .m{color:#566072} h1{font-size:20px} h2{font-size:14px} p,h1,h2{margin:2px 0}"


class Pages:
    """Blocks from top to bottom; one that does not fit begins a page, one longer than a page goes on."""

    def __init__(self, title: str) -> None:
        from PySide6.QtCore import QBuffer, QIODevice
        from PySide6.QtGui import QPainter

        self._pdf = QBuffer()
        self._pdf.open(QIODevice.OpenModeFlag.WriteOnly)
        self._writer = _writer(self._pdf, title)
        self._painter: QPainter = QPainter()
        if not self._painter.begin(self._writer):
            raise OSError(5, "the PDF could not be begun")
        self._width, self._height = self._writer.width(), self._writer.height()
        self._y, self._page = 0.0, 1

    def __enter__(self) -> Pages:
        return self

    def __exit__(self, *_: object) -> None:
        """A painter that outlives what it paints on takes the program with it."""
        if self._painter.isActive():
            self._painter.end()

    def block(self, html: str, images: list[QImage] | None = None) -> None:
        """One block, below the last one. `images` are what `<img src="p0">` and so on stand for."""
        document = self._document(html, images or [])
        height = document.size().height()
        if self._y and self._y + height > self._room:
            self._next_page()
        done = 0.0
        while done < height:
            part = min(height - done, self._room - self._y)
            self._draw(document, done, part)
            done, self._y = done + part, self._y + part
            if done < height:
                self._next_page()
        self._y += GAP

    def end(self) -> bytes:
        """Finish; the whole PDF."""
        self._foot()
        self._painter.end()
        return bytes(self._pdf.data().data())

    def _document(self, html: str, images: list[QImage]) -> QTextDocument:
        from PySide6.QtCore import QUrl
        from PySide6.QtGui import QFont, QTextDocument

        made = QTextDocument()
        font = QFont()
        font.setPixelSize(12)
        made.setDefaultFont(font)
        made.setDefaultStyleSheet(STYLE)
        made.setDocumentMargin(0)
        for number, image in enumerate(images):
            made.addResource(QTextDocument.ResourceType.ImageResource, QUrl(f"p{number}"), image)
        made.setHtml(f"<body>{html}</body>")
        made.documentLayout().setPaintDevice(self._writer)
        made.setTextWidth(self._width)
        return made

    @property
    def _room(self) -> float:
        return self._height - 24

    def _draw(self, document: QTextDocument, done: float, part: float) -> None:
        from PySide6.QtCore import QRectF

        self._painter.save()
        self._painter.translate(0, self._y - done)
        document.drawContents(self._painter, QRectF(0, done, self._width, part))
        self._painter.restore()

    def _next_page(self) -> None:
        self._foot()
        self._writer.newPage()
        self._page, self._y = self._page + 1, 0.0

    def _foot(self) -> None:
        from PySide6.QtCore import QRectF, Qt
        from PySide6.QtGui import QColor, QFont

        font = QFont()
        font.setPixelSize(10)
        self._painter.setFont(font)
        self._painter.setPen(QColor("#566072"))
        line = QRectF(0, self._height - 16, self._width, 16)
        self._painter.drawText(line, int(Qt.AlignmentFlag.AlignRight), str(self._page))


def _writer(device: QBuffer, title: str) -> QPdfWriter:
    from PySide6.QtCore import QMarginsF
    from PySide6.QtGui import QPageLayout, QPageSize, QPdfWriter

    made = QPdfWriter(device)
    made.setResolution(DPI)
    made.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    inch = MARGIN / DPI
    made.setPageMargins(QMarginsF(inch, inch, inch, inch), QPageLayout.Unit.Inch)
    made.setTitle(clean(title))
    made.setCreator("Concept Studio")
    return made
