"""What a gallery and a report show of a neuron: its strongest examples, regions as rectangles, tokens."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from plugins.export_table import public
from studio.api import Example, ExampleKind, ExportRow, ExportRows, StoredSample, TokenKind

PICTURES, TEXTS = 6, 3
#: Tokens of a text around the strongest one.
WINDOW = 60
#: Longest side of a picture, in pixels, and its JPEG quality.
EDGE, QUALITY = 320, 82


@dataclass(frozen=True, slots=True)
class Rect:
    """A part of a picture, in pixels of the original, and how strongly the neuron fires there (0 to 1)."""

    x: float
    y: float
    width: float
    height: float
    strength: float


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of text with the strength of its activation, 0 where the neuron is silent."""

    text: str
    strength: float


@dataclass(frozen=True, slots=True)
class Shown:
    """The examples of one neuron that are drawn: with pictures, and with text."""

    pictures: list[tuple[Example, StoredSample]]
    texts: list[tuple[Example, StoredSample]]
    peak: float


def shown(row: ExportRow, rows: ExportRows) -> Shown:
    """The strongest examples of both sides, with their samples."""
    image, text = (_top(row.examples, side) for side in TokenKind)
    samples = rows.samples(e.sample_id for e in (*image[:PICTURES], *text[:TEXTS]))
    drawn = [(e, samples[e.sample_id].seen_by(e.map)) for e in image[:PICTURES] if e.sample_id in samples]
    read = [(e, samples[e.sample_id]) for e in text[:TEXTS] if e.sample_id in samples]
    peak = max((_strongest(e) for e in row.examples), default=0.0)
    return Shown([p for p in drawn if p[1].picture is not None], read, peak)


def regions(sample: StoredSample, example: Example, peak: float) -> list[Rect]:
    """The firing boxes as rectangles that do not overlap: where boxes do, the strongest counts."""
    known = example.map.image_index < len(sample.boxes)
    boxes = sample.boxes[example.map.image_index[known]].astype(float)
    if not len(boxes):
        return []
    limit = np.array([sample.width, sample.height] * 2, float)
    boxes = np.clip(boxes, 0, limit)
    levels = np.clip(example.map.image_value[known] / max(peak, 1e-12), 0, 1)
    xs, ys = np.unique(boxes[:, [0, 2]]), np.unique(boxes[:, [1, 3]])
    grid = np.zeros((max(len(ys) - 1, 0), max(len(xs) - 1, 0)))
    at = np.stack([np.searchsorted(e, boxes[:, i]) for i, e in enumerate((xs, ys, xs, ys))], axis=1)
    for (x0, y0, x1, y1), level in zip(at.tolist(), levels.tolist(), strict=True):
        np.maximum(grid[y0:y1, x0:x1], level, out=grid[y0:y1, x0:x1])
    return list(_runs(grid, xs, ys))


def _runs(grid: Any, xs: Any, ys: Any) -> Iterator[Rect]:
    """One rectangle for each run of equal strength in a row of the grid."""
    for y, line in enumerate(grid.tolist()):
        start = 0
        for x in range(1, len(line) + 1):
            if x < len(line) and line[x] == line[start]:
                continue
            if line[start] > 0:
                left, top = float(xs[start]), float(ys[y])
                yield Rect(left, top, float(xs[x]) - left, float(ys[y + 1]) - top, line[start])
            start = x


def tokens(sample: StoredSample, example: Example, peak: float) -> list[Token]:
    """The text around its strongest token."""
    pairs = zip(example.map.text_index.tolist(), example.map.text_value.tolist(), strict=True)
    values = {i: v for i, v in pairs if i < len(sample.tokens)}
    best = max(values, key=lambda i: values[i], default=0)
    first = max(0, min(best - WINDOW // 2, len(sample.tokens) - WINDOW))
    last = min(first + WINDOW, len(sample.tokens))
    found = []
    for i in range(first, last):
        if i > first and sample.roles[i : i + 1] != sample.roles[i - 1 : i]:
            found.append(Token(" — ", 0.0))  # another turn begins
        found.append(Token(clean(sample.tokens[i]), min(values.get(i, 0.0) / max(peak, 1e-12), 1.0)))
    before, after = [Token("… ", 0.0)] * (first > 0), [Token(" …", 0.0)] * (last < len(sample.tokens))
    return [*before, *found, *after]


def thumbnail(jpeg: bytes) -> bytes | None:
    """The picture within `EDGE` pixels as JPEG; None when it is damaged."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(jpeg)) as image:
            small = image.convert("RGB")
        small.thumbnail((EDGE, EDGE), Image.Resampling.LANCZOS)
        out = io.BytesIO()
        small.save(out, "JPEG", quality=QUALITY)
    except Exception:  # Pillow's decoders raise whatever they meet; the example is shown without it
        return None
    return out.getvalue()


def clean(text: str) -> str:
    """A text without control characters, which neither HTML nor PDF can hold; line breaks stay."""
    if text.isprintable():
        return text
    return "".join(c if c == "\n" or ord(c) >= 0xA0 or 0x20 <= ord(c) < 0x7F else " " for c in text)


def headline(row: ExportRow) -> str:
    """The concept of a row in words: the annotator's, else the proposed one."""
    if row.label is not None and row.label.decision == "rejected":
        return "rejected"
    return clean(row.concept or row.proposed or "no concept")


def facts(row: ExportRow) -> list[tuple[str, str]]:
    """The numbers and words under a headline, each with its name."""
    label, verdict = row.label, row.verdict
    found = [("Annotator", label.annotator), ("Decision", label.decision or "open")] if label else []
    if label and label.rating is not None:
        found.append(("Rating", f"{label.rating} of 5"))
    if row.proposed and row.proposed != row.concept:
        found.append(("Proposed", row.proposed))
    if verdict is not None:
        found += [(n, f"{v:.2f}") for n, v in (("Score", verdict.score), ("Image share", verdict.image_share))
                  if np.isfinite(v)]  # fmt: skip
    if row.agreement is not None:
        found.append(("Agreement", f"{row.agreement:.2f}"))
    if label and label.tags:
        found.append(("Tags", ", ".join(label.tags)))
    return [(name, clean(str(value))) for name, value in found]


def subtitle(provenance: Any) -> str:
    """Model, layer, SAE and data in one line."""

    def name(key: str, inner: str) -> str:
        value = provenance.get(key)
        return str(public(value.get(inner) if isinstance(value, dict) else value) or "")

    layer = provenance.get("layer")
    parts = [name("model", "model"), "" if layer is None else f"layer {layer}", name("sae", "source"),
             name("data", "source")]  # fmt: skip
    return clean(" · ".join(part for part in parts if part))


def _top(examples: Iterable[Example], side: TokenKind) -> list[Example]:
    found = [e for e in examples if e.side is side and e.kind is ExampleKind.TOP]
    return sorted(found, key=lambda e: e.position)


def _strongest(example: Example) -> float:
    values = (example.map.image_value, example.map.text_value)
    return max((float(v.max()) for v in values if len(v)), default=0.0)
