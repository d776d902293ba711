"""Exports as a PDF report for printing and review: one block for each neuron, on A4 pages.

Drawn with Qt's text engine (imported when it is needed): it is there already, sets every script in both
directions with the fonts of the system, and so window, command line and notebook print the same.
"""

from __future__ import annotations

import sys
from html import escape
from typing import IO, TYPE_CHECKING, Any

from plugins.export_show import clean, facts, headline, regions, shown, subtitle, thumbnail, tokens
from studio.api import Example, ExportRow, ExportRows, Part, StoredSample, UserError, hookimpl

if TYPE_CHECKING:
    from PySide6.QtCore import QBuffer
    from PySide6.QtGui import QImage, QPainter, QPdfWriter, QTextDocument

#: Blocks in one report: some 75 MB, which are in memory until it is whole (Qt does not tell of a full disk).
MOST = 1_000
#: Drawing units in an inch; margins and the gap between blocks in these units.
DPI, MARGIN, GAP = 96, 56, 14
NOTE = 2_000
#: Longest side of a picture, in drawing units.
SIDE = 104
CHIPS = {"visual": "#8a4a00", "textual": "#0f54ba", "multimodal": "#5f2cc9", "unclear": "#4a5262"}
STYLE = "body{color:#1f2328} .m{color:#566072} h1{font-size:20px} h2{font-size:14px} p,h1,h2{margin:2px 0}"


class ReportExporter:
    """A4, as many pages as it takes; text can be searched and copied."""

    name = "pdf"
    suffix = ".pdf"
    title = "Report for printing, PDF"
    note = "One block for each neuron with pictures, regions and texts, on A4 pages."
    parts = frozenset({Part.EXAMPLES, Part.MAPS})
    order = 5

    def __init__(self, most: int = MOST) -> None:
        self._most = most

    def write(self, rows: ExportRows, file: IO[bytes]) -> None:
        """Write every row. Raises `UserError` for more than a report can hold."""
        application = _application()
        with _Report(rows) as report:
            for count, row in enumerate(rows):
                if count >= self._most:
                    raise UserError(
                        f"A report holds {self._most:,} rows at most. Narrow it with the filters, or choose "
                        "the gallery."
                    )
                report.add(row)
            file.write(report.end())
        del application


@hookimpl
def concept_studio_exporters() -> list[ReportExporter]:
    """The format `pdf`."""
    return [ReportExporter()]


def _application() -> Any:
    """Fonts need an application; the window has one, the command line gets one without a screen."""
    from PySide6.QtGui import QGuiApplication

    return QGuiApplication.instance() or QGuiApplication([sys.argv[0], "-platform", "offscreen"])


class _Report:
    """Blocks from top to bottom; one that does not fit begins a page, one longer than a page goes on."""

    def __init__(self, rows: ExportRows) -> None:
        from PySide6.QtCore import QBuffer, QIODevice
        from PySide6.QtGui import QPainter

        self._rows = rows
        self._pdf = QBuffer()
        self._pdf.open(QIODevice.OpenModeFlag.WriteOnly)
        self._writer = _writer(self._pdf, str(rows.provenance.get("title") or "Concepts"))
        self._painter: QPainter = QPainter()
        if not self._painter.begin(self._writer):
            raise OSError(5, "the PDF could not be begun")
        self._width, self._height = self._writer.width(), self._writer.height()
        self._y, self._page = 0.0, 1
        title, about = clean(str(rows.provenance.get("title") or "Concepts")), subtitle(rows.provenance)
        self._block(self._document(f'<h1 dir="auto">{escape(title)}</h1><p class="m">{escape(about)}</p>'))

    def __enter__(self) -> _Report:
        return self

    def __exit__(self, *_: object) -> None:
        """A painter that outlives what it paints on takes the program with it."""
        if self._painter.isActive():
            self._painter.end()

    def add(self, row: ExportRow) -> None:
        """One row, below the last one."""
        found = shown(row, self._rows)
        images = [] if self._rows.options.pictures is False else self._images(found)
        modality = row.modality or "unclear"
        cells = "".join(f"<td>{_tag(number, image)}</td>" for number, image in enumerate(images))
        said = " &nbsp; ".join(f'<span class="m">{n}</span> {escape(v)}' for n, v in facts(row))
        note = clean(row.label.note) if row.label else ""
        note = f"{note[:NOTE]} …" if len(note) > NOTE else note
        document = self._document(
            f'<h2><span class="m">{row.neuron}</span> &nbsp;{escape(headline(row))} &nbsp;'
            f'<span style="color:{CHIPS[modality]}">{modality}</span></h2><p>{said}</p>'
            + (f'<p style="white-space:pre-wrap">{escape(note)}</p>' if note else "")
            + (f'<table cellspacing="4"><tr>{cells}</tr></table>' if cells else "")
            + "".join(_text(sample, example, found.peak) for example, sample in found.texts),
            images,
        )
        self._block(document)

    def end(self) -> bytes:
        """Finish; the whole PDF."""
        self._foot()
        self._painter.end()
        return bytes(self._pdf.data().data())

    def _images(self, found: Any) -> list[QImage]:
        drawn = []
        for example, sample in found.pictures:
            jpeg = thumbnail(self._rows.picture(sample.picture or 0))
            if jpeg is not None:
                drawn.append(_picture(jpeg, sample, example, found.peak))
        return drawn

    def _document(self, html: str, images: list[QImage] | None = None) -> QTextDocument:
        from PySide6.QtCore import QUrl
        from PySide6.QtGui import QFont, QTextDocument

        made = QTextDocument()
        font = QFont()
        font.setPixelSize(12)
        made.setDefaultFont(font)
        made.setDefaultStyleSheet(STYLE)
        made.setDocumentMargin(0)
        for number, image in enumerate(images or []):
            made.addResource(QTextDocument.ResourceType.ImageResource, QUrl(f"p{number}"), image)
        made.setHtml(f"<body>{html}</body>")
        made.documentLayout().setPaintDevice(self._writer)
        made.setTextWidth(self._width)
        return made

    def _block(self, document: QTextDocument) -> None:
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


def _picture(jpeg: bytes, sample: StoredSample, example: Example, peak: float) -> QImage:
    """The picture with its regions."""
    from PySide6.QtCore import QRectF
    from PySide6.QtGui import QColor, QImage, QPainter

    image = QImage.fromData(jpeg).convertToFormat(QImage.Format.Format_RGB32)
    painter = QPainter(image)
    x, y = image.width() / max(sample.width, 1), image.height() / max(sample.height, 1)
    for rect in regions(sample, example, peak):
        color = QColor("#d97f00")
        color.setAlphaF(0.16 + 0.4 * rect.strength)
        painter.fillRect(QRectF(rect.x * x, rect.y * y, rect.width * x, rect.height * y), color)
    painter.end()
    return image


def _tag(number: int, image: QImage) -> str:
    """Six pictures make a row; all their pixels are kept for the printer."""
    share = SIDE / max(image.width(), image.height(), 1)
    width, height = round(image.width() * share), round(image.height() * share)
    return f'<img src="p{number}" width="{width}" height="{height}">'


def _text(sample: StoredSample, example: Example, peak: float) -> str:
    words = "".join(
        f'<span style="background-color:{_shade(t.strength)}">{escape(t.text)}</span>'
        if t.strength
        else escape(t.text)
        for t in tokens(sample, example, peak)
    )
    return f'<p style="white-space:pre-wrap">{words}</p>'


def _shade(strength: float) -> str:
    """The textual colour over white: the stronger the fuller."""
    share = 0.12 + 0.43 * strength
    return "#" + "".join(f"{round(255 * (1 - share) + c * share):02x}" for c in (21, 101, 216))
