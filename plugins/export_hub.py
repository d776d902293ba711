"""Exports as a Hugging Face data set folder: a card, and Parquet that `datasets.load_dataset(folder)` reads.

Three parts: `labels` (one row a label), `examples` (what each neuron fires on, with its activations) and,
only when pictures were asked for, `samples` (the pictures and texts themselves, each once).
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plugins.export_card import card
from plugins.export_table import GROUP, PARTS, Cells, ParquetTable, arrow_schema, grouped, plain
from studio.api import Example, ExportRows, Part, StoredSample, UserError, hookimpl

if TYPE_CHECKING:
    import pyarrow as pa

#: Largest sum of pictures, in bytes, and samples in one row group.
LARGEST = 4 * 2**30
SAMPLES = 64
#: What `datasets` writes into Parquet for columns that are more than their storage says.
_TEXT = {"dtype": "string", "_type": "Value"}
_WHOLE = {"dtype": "int32", "_type": "Value"}
_BOX = {"feature": {"dtype": "float32", "_type": "Value"}, "_type": "List"}
IMAGE = {
    "info": {
        "features": {
            "sample_id": _TEXT,
            "image": {"_type": "Image"},
            "width": _WHOLE,
            "height": _WHOLE,
            "turns": {"feature": {"role": _TEXT, "text": _TEXT}, "_type": "List"},
            "tokens": {"feature": _TEXT, "_type": "List"},
            "boxes": {"feature": _BOX, "_type": "List"},
            "box_image": {"feature": _WHOLE, "_type": "List"},
            "more_images": {"feature": {"_type": "Image"}, "_type": "List"},
        }
    }
}


class HubExporter:
    """Pictures and texts of the data set are left out unless asked for: they have a licence of their own."""

    name = "hub"
    title = "Hugging Face data set"
    note = "A folder with a card and Parquet files for datasets.load_dataset. Can be pushed to the Hub."
    order = 7
    parts = PARTS | {Part.EXAMPLES, Part.MAPS}

    def __init__(self, largest: int = LARGEST) -> None:
        self._largest = largest

    def write_folder(self, rows: ExportRows, folder: Path) -> None:
        """Write the card and the parts. Raises `UserError` for a licence that is none, or when the pictures
        are too large."""
        licence = rows.options.licence.strip()
        if licence and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.+-]*", licence):
            raise UserError(f"“{licence}” is no name of a licence on the Hub. Write one like cc-by-4.0.")
        samples: set[str] = set()
        labels = _write_rows(rows, folder, samples)
        pictures = rows.options.pictures is True
        if pictures:
            _write_samples(sorted(samples), rows, folder, self._largest)
        (folder / "README.md").write_text(card(rows.provenance, labels, licence, pictures), "utf-8")


@hookimpl
def concept_studio_exporters() -> list[HubExporter]:
    """The format `hub`."""
    return [HubExporter()]


def _write_rows(rows: ExportRows, folder: Path, samples: set[str]) -> int:
    """Labels and examples side by side; notes the samples the examples are of. Returns how many labels."""
    written, last = 0, -1
    cells = Cells(rows.provenance, plain)
    with (
        _table(folder, "labels", arrow_schema({})) as labels,
        _table(folder, "examples", _example_schema()) as examples,
    ):
        for row in rows:
            labels.add(cells.of(row))
            written += 1
            for example in row.examples if row.neuron != last else ():
                examples.add(_example(row.neuron, example))
                samples.add(example.sample_id)
            last = row.neuron
    return written


def _write_samples(ids: list[str], rows: ExportRows, folder: Path, largest: int) -> None:
    size = 0
    with _table(folder, "samples", _sample_schema(), SAMPLES) as table:
        for some in grouped(ids, SAMPLES):
            for _, sample in sorted(rows.samples(some).items()):
                item = _sample(sample, rows)
                size += len(item["image"]["bytes"]) if item["image"] else 0
                if size > largest:
                    raise UserError(
                        f"The pictures are larger than {largest / 2**30:.1f} GiB together. Narrow the export "
                        "with the filters, or leave the pictures out."
                    )
                table.add_named(item)


def _table(folder: Path, part: str, schema: pa.Schema, group: int = GROUP) -> ParquetTable:
    (folder / part).mkdir()
    return ParquetTable(folder / part / "train-00000-of-00001.parquet", schema, group)


def _example(neuron: int, example: Example) -> list[Any]:
    found = example.map
    return [
        neuron, example.evidence_id(neuron), example.sample_id, str(example.side), str(example.kind),
        example.position, example.score,
        found.image_index, found.image_value, found.text_index, found.text_value,
    ]  # fmt: skip


def _example_schema() -> pa.Schema:
    import pyarrow as pa

    text, index, value = pa.string(), pa.list_(pa.uint32()), pa.list_(pa.float32())
    kinds = {
        "neuron": pa.int64(), "evidence_id": text, "sample_id": text, "side": text, "kind": text,
        "position": pa.int32(), "score": pa.float64(),
        "image_index": index, "image_value": value, "text_index": index, "text_value": value,
    }  # fmt: skip
    return pa.schema(list(kinds.items()))


def _sample(sample: StoredSample, rows: ExportRows) -> dict[str, Any]:
    picture = None if sample.picture is None else rows.picture(sample.picture)
    boxes = sample.boxes if sample.several is None else sample.several.boxes
    parts = [sample.showing(i).shown_tokens for i in range(len(sample.all_pictures))]
    return {
        "sample_id": sample.id,
        "image": picture and {"bytes": picture, "path": None},
        "width": sample.width,
        "height": sample.height,
        "turns": [{"role": turn.role, "text": turn.text} for turn in sample.turns],
        "tokens": list(sample.tokens),
        "boxes": boxes.tolist(),
        # Of several pictures: which one each box is on, 0 for `image`, and all after it.
        "box_image": [place for place, part in enumerate(parts) for _ in sample.views[part]],
        "more_images": [{"bytes": rows.picture(p.row), "path": None} for p in sample.all_pictures[1:]],
    }


def _sample_schema() -> pa.Schema:
    """The metadata tells `datasets` that one column holds pictures."""
    import pyarrow as pa

    text = pa.string()
    kinds = {
        "sample_id": text,
        "image": pa.struct([("bytes", pa.binary()), ("path", text)]),
        "width": pa.int32(), "height": pa.int32(),
        "turns": pa.list_(pa.struct([("role", text), ("text", text)])),
        "tokens": pa.list_(text), "boxes": pa.list_(pa.list_(pa.float32())),
        "box_image": pa.list_(pa.int32()),
        "more_images": pa.list_(pa.struct([("bytes", pa.binary()), ("path", text)])),
    }  # fmt: skip
    return pa.schema(list(kinds.items()), metadata={"huggingface": json.dumps(IMAGE)})
