"""The report of a study: one HTML file that needs nothing beside it, for the screen and for paper."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import Any

import resources
from studio.services.disk import no_leftover, plain_disk_errors
from studio.services.study import report_parts as parts
from studio.services.study.document import Document
from studio.services.study.figures import method_plots, share_plots
from studio.services.study.methods import METHODS
from studio.services.study.plots import CSS
from studio.services.study.scoring import MEASURES
from studio.services.study.spec import VOCABULARY
from studio.services.study.words import SIDES, findings, title_of

HOW = (
    "In each run the top examples of every neuron are parted anew into a half that the explainer sees and a "
    "half that the name is tested on; no picture, and no masked picture or window of text, is in both. All "
    "methods share the halves. The vocabulary explainer gives every neuron the phrase that stands out most, "
    "so that all methods are tested on the same neurons; another explainer may say that there is no concept, "
    "and such a neuron is left out of the comparison. Tests are two-sided and paired by neuron, on the mean "
    "of its runs; q is Benjamini-Hochberg over all comparisons of this study, for each of the two tests."
)


def write_report(path: Path, document: Document) -> None:
    """Write the report, whole or not at all. Raises `DiskFullError` or `UserError`."""
    part = path.with_name(path.name + ".part")
    with plain_disk_errors(path), no_leftover(part):
        part.write_text(html(document), encoding="utf-8")
        part.replace(path)


def html(document: Document) -> str:
    """The report as HTML. Texts of the data and names of people are escaped."""
    style = resources.folder("report").joinpath("study.css").read_text(encoding="utf-8")
    title = f"Study: {document['title']}"
    body = "\n".join(_body(document, title))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _body(document: Document, title: str) -> Iterable[str]:
    yield f"<h1>{escape(title)}</h1>"
    yield f'<p class="muted">{escape(subtitle(document))}</p>'
    yield "<h2>What came out</h2>"
    yield _list(findings(document["contrasts"]))
    yield from (f'<p class="note">{escape(note)}</p>' for note in notes(document))
    for side in SIDES:
        if document["neurons"][side]:
            yield from _side(document, side)
    yield "<h2>People</h2>"
    yield from parts.people(document["human"])
    yield "<h2>What was compared</h2>"
    yield from _glossary(document)
    yield "<h2>Made with</h2>"
    yield parts.made_with(document)


def subtitle(document: Document) -> str:
    """When, on how many neurons, in how many runs."""
    counts = document["neurons"]
    runs = len(document["runs"])
    return (
        f"{document['made'].replace('T', ' ').replace('+00:00', ' UTC')}. {counts['image']:,} neurons on the "
        f"image side, {counts['text']:,} on the text side; {runs} run{'s' * (runs != 1)}."
    )


def notes(document: Document) -> list[str]:
    """What a reader must know before believing a number."""
    made = document["provenance"]
    found = []
    if made["explainer"]["name"] == VOCABULARY:
        found.append(
            f"The names were chosen and tested with the same encoder ({made['aligner']}), on different "
            "pictures and texts. Tested with another encoder, the differences may be others."
        )
    if len(document["runs"]) < 3:
        found.append("Fewer than three runs: the deviation over runs says little.")
    if not document["human"]["enough"]:
        found.append("Fewer than three annotators have rated: the protocol for people asks for three.")
    return found


def _side(document: Document, side: str) -> Iterable[str]:
    yield f"<h2>{SIDES[side]}</h2>"
    yield "<figure>" + "".join(draw(CSS) for draw in method_plots(document, side))
    yield (
        "<figcaption>Mean over neurons, each the mean of its runs; bars: 95 % interval by bootstrap over "
        "neurons.</figcaption></figure>"
    )
    yield parts.means(document, side)
    yield parts.contrasts(document, side)
    yield "<figure>" + "".join(draw(CSS) for draw in share_plots(document, side))
    yield "<figcaption>Blue: ours is better; grey: the same; orange: worse.</figcaption></figure>"


def _glossary(document: Document) -> Iterable[str]:
    methods = [m for m in METHODS if m.name in document["methods"]]
    yield _terms([(title_of(m.name), m.shows) for m in methods])
    yield _terms([(m.title, m.meaning) for m in MEASURES])
    yield f"<p>{HOW}</p>"


def _terms(rows: Sequence[tuple[str, str]]) -> str:
    return "<ul>" + "".join(f"<li><b>{escape(a)}</b>: {escape(b)}</li>" for a, b in rows) + "</ul>"


def _list(sentences: Iterable[Any]) -> str:
    return "<ul>" + "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences) + "</ul>"
