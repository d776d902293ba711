"""Exports as one HTML file with everything in it: pictures, regions, tokens, a search box. Works offline.

All text of a data set is escaped; a content security policy lets nothing load and no script run but ours.
"""

from __future__ import annotations

import base64
from html import escape
from typing import IO

from plugins.export_gallery_page import foot, head
from plugins.export_show import (
    Shown,
    clean,
    facts,
    headline,
    regions,
    shown,
    subtitle,
    thumbnail,
    tokens,
)
from studio.api import Example, ExportRow, ExportRows, Part, StoredSample, UserError, hookimpl

#: Largest file that a browser on a laptop still scrolls well, in bytes.
LARGEST = 96 * 2**20


class GalleryExporter:
    """One card for each row. Each picture is in the file once, however many neurons show it."""

    name = "html"
    suffix = ".html"
    title = "Gallery, one HTML file"
    note = (
        "Pictures with regions, texts with tokens, a search box. One file that works offline in any browser."
    )
    parts = frozenset({Part.EXAMPLES, Part.MAPS})
    order = 4

    def __init__(self, largest: int = LARGEST) -> None:
        self._largest = largest

    def write(self, rows: ExportRows, file: IO[bytes]) -> None:
        """Write every row. Raises `UserError` when the page would be too large."""
        page = _Page(rows, file, self._largest)
        page.say(head(clean(str(rows.provenance.get("title") or "Concepts")), subtitle(rows.provenance)))
        for row in rows:
            page.card(row)
        page.say(page.nothing + foot())


@hookimpl
def concept_studio_exporters() -> list[GalleryExporter]:
    """The format `html`."""
    return [GalleryExporter()]


class _Page:
    """Writes cards one after another, and knows which pictures are in the file already."""

    def __init__(self, rows: ExportRows, file: IO[bytes], largest: int) -> None:
        self._rows, self._file, self._largest = rows, file, largest
        self._size = self._cards = 0
        self._kept: dict[int, bool] = {}

    @property
    def nothing(self) -> str:
        """What stands there instead of cards."""
        return "" if self._cards else '<p class="none">No neuron passes the filters.</p>'

    def say(self, html: str) -> None:
        data = html.encode()
        self._size += len(data)
        if self._size > self._largest:
            raise UserError(
                f"The gallery would be larger than {self._largest // 2**20} MB after {self._cards:,} cards. "
                "Narrow it with the filters, or leave the pictures out."
            )
        self._file.write(data)

    def card(self, row: ExportRow) -> None:
        found = shown(row, self._rows)
        pictures = [] if self._rows.options.pictures is False else self._pictures(found)
        modality = row.modality or "unclear"
        self.say(
            f'<article class="card" tabindex="0" data-class="{modality}" aria-label="Neuron {row.neuron}">'
            f'<header><span class="number">{row.neuron}</span> <h2 dir="auto">{escape(headline(row))}</h2>'
            f'<span class="chip {modality}">{modality}</span></header>{_facts(row)}'
            f'<div class="pictures">{"".join(pictures)}</div>'
            + "".join(_text(sample, example, found.peak) for example, sample in found.texts)
            + "</article>\n"
        )
        self._cards += 1

    def _pictures(self, found: Shown) -> list[str]:
        drawn = []
        for example, sample in found.pictures:
            if self._keep(sample.picture or 0):
                drawn.append(_picture(sample, example, found.peak))
        return drawn

    def _keep(self, row: int) -> bool:
        """Put a picture into the file, for the cards to refer to; False when it is damaged."""
        if row not in self._kept:
            jpeg = thumbnail(self._rows.picture(row))
            self._kept[row] = jpeg is not None
            if jpeg is not None:
                data = base64.b64encode(jpeg).decode()
                self.say(
                    '<svg class="store" aria-hidden="true"><defs><image '
                    f'id="p{row}" width="1" height="1" preserveAspectRatio="none" '
                    f'href="data:image/jpeg;base64,{data}"/></defs></svg>\n'
                )
        return self._kept[row]


def _facts(row: ExportRow) -> str:
    pairs = "".join(f'<div><dt>{n}</dt> <dd dir="auto">{escape(v)}</dd></div>' for n, v in facts(row))
    note = clean(row.label.note) if row.label else ""
    return f"<dl>{pairs}</dl>" + (f'<p class="note" dir="auto">{escape(note)}</p>' if note else "")


def _picture(sample: StoredSample, example: Example, peak: float) -> str:
    width, height = max(sample.width, 1), max(sample.height, 1)
    boxes = "".join(
        f'<rect x="{r.x:g}" y="{r.y:g}" width="{r.width:g}" height="{r.height:g}" '
        f'style="--s:{0.16 + 0.4 * r.strength:.2f}"/>'
        for r in regions(sample, example, peak)
    )
    said = escape(f"Example {example.position + 1}, activation {example.score:.2f}")
    return (
        f'<figure><svg viewBox="0 0 {width} {height}" role="img" aria-label="{said}">'
        f'<use href="#p{sample.picture}" transform="scale({width} {height})"/>{boxes}</svg>'
        f"<figcaption>{example.score:.2f}</figcaption></figure>"
    )


def _text(sample: StoredSample, example: Example, peak: float) -> str:
    words = "".join(
        f'<mark style="--s:{20 + 70 * t.strength:.0f}%">{escape(t.text)}</mark>'
        if t.strength
        else escape(t.text)
        for t in tokens(sample, example, peak)
    )
    return f'<p class="text" dir="auto">{words}</p>'
