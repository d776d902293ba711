"""Exports as a PDF report for printing and review: one block for each neuron, on A4 pages.

Drawn with Qt's text engine (imported when it is needed): it is there already, sets every script in both
directions with the fonts of the system, and so window, command line and notebook print the same.
"""

from __future__ import annotations

import sys
from html import escape
from typing import IO, TYPE_CHECKING, Any

from plugins.export_report_pages import Pages
from plugins.export_show import Shown, clean, facts, headline, regions, shown, subtitle, thumbnail, tokens
from studio.api import Example, ExportRow, ExportRows, Part, StoredSample, UserError, hookimpl

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

#: Blocks in one report: some 75 MB, which are in memory until it is whole (Qt does not tell of a full disk).
MOST = 1_000
NOTE = 2_000
#: Longest side of a picture, in drawing units.
SIDE = 104
CHIPS = {"visual": "#8a4a00", "textual": "#0f54ba", "multimodal": "#5f2cc9", "unclear": "#4a5262"}


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
        title = clean(str(rows.provenance.get("title") or "Concepts"))
        with Pages(title) as pages:
            about = escape(subtitle(rows.provenance))
            pages.block(f'<h1 dir="auto">{escape(title)}</h1><p class="m">{about}</p>')
            for count, row in enumerate(rows):
                if count >= self._most:
                    raise UserError(
                        f"A report holds {self._most:,} rows at most. Narrow it with the filters, or choose "
                        "the gallery."
                    )
                pages.block(*_block(row, rows))
            file.write(pages.end())
        del application


@hookimpl
def concept_studio_exporters() -> list[ReportExporter]:
    """The format `pdf`."""
    return [ReportExporter()]


def _application() -> Any:
    """Fonts need an application; the window has one, the command line gets one without a screen."""
    from PySide6.QtGui import QGuiApplication

    return QGuiApplication.instance() or QGuiApplication([sys.argv[0], "-platform", "offscreen"])


def _block(row: ExportRow, rows: ExportRows) -> tuple[str, list[QImage]]:
    """One row as rich text, and its pictures."""
    found = shown(row, rows)
    images = [] if rows.options.pictures is False else _images(found, rows)
    modality = row.modality or "unclear"
    cells = "".join(f"<td>{_tag(number, image)}</td>" for number, image in enumerate(images))
    said = " &nbsp; ".join(f'<span class="m">{n}</span> {escape(v)}' for n, v in facts(row))
    note = clean(row.label.note) if row.label else ""
    note = f"{note[:NOTE]} …" if len(note) > NOTE else note
    html = (
        f'<h2><span class="m">{row.neuron}</span> &nbsp;{escape(headline(row))} &nbsp;'
        f'<span style="color:{CHIPS[modality]}">{modality}</span></h2><p>{said}</p>'
        + (f'<p style="white-space:pre-wrap">{escape(note)}</p>' if note else "")
        + (f'<table cellspacing="4"><tr>{cells}</tr></table>' if cells else "")
        + "".join(_text(sample, example, found.peak) for example, sample in found.texts)
    )
    return html, images


def _images(found: Shown, rows: ExportRows) -> list[QImage]:
    drawn = []
    for example, sample in found.pictures:
        jpeg = thumbnail(rows.picture(sample.picture or 0))
        if jpeg is not None:
            drawn.append(_picture(jpeg, sample, example, found.peak))
    return drawn


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
