"""Exports explanations as Neuronpedia lays them out: `v1/{model}/{source}/explanations/batch-N.jsonl.gz`.

The fields are those that Neuronpedia's own export writes (utils/neuronpedia-utils/export-data.py, table
`Explanation`), 1,024 rows a batch, by index.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from plugins.export_table import grouped
from studio.api import ExportRow, ExportRows, Part, UserError, hookimpl

BATCH = 1024
#: Digits of a cuid.
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


class NeuronpediaExporter:
    """Concepts that a person decided on; rejected and undecided neurons have no explanation."""

    name = "neuronpedia"
    title = "Neuronpedia explanations"
    note = (
        "Accepted and edited concepts as explanation rows, in batches of 1,024, in a folder v1/MODEL/SOURCE."
    )
    order = 6
    parts = frozenset[Part]()

    def write_folder(self, rows: ExportRows, folder: Path) -> int:
        """Write the batches; returns how many explanations they hold. Raises `UserError` without a model."""
        model, source = place(rows.provenance)
        at = folder / "v1" / model / source / "explanations"
        at.mkdir(parents=True)
        written = 0
        found = (explanation(row, model, source) for row in rows if row.concept)
        for number, some in enumerate(grouped(found, BATCH)):
            write_batch(at / f"batch-{number}.jsonl.gz", some)
            written += len(some)
        return written


@hookimpl
def concept_studio_exporters() -> list[NeuronpediaExporter]:
    """The format `neuronpedia`."""
    return [NeuronpediaExporter()]


def place(provenance: Mapping[str, Any]) -> tuple[str, str]:
    """Model id and source id, such as "llava-next" and "24-sae-131k"."""
    model, sae = _name(provenance.get("model"), "model"), _name(provenance.get("sae"), "source")
    if not slug(model) or not slug(sae):
        raise UserError(
            "Neuronpedia's rows need to know the model and the SAE, and this project has none yet. "
            "Run an extraction first, or choose another format."
        )
    return slug(model), f"{provenance.get('layer')}-{slug(sae)}"


def explanation(row: ExportRow, model: str, source: str) -> dict[str, Any]:
    """One row. A person wrote it, so no explainer is named; `index` is a string there."""
    author = row.label.annotator if row.label else ""
    return {
        "id": cuid(f"{row.provenance.get('project_id')}:{row.neuron}:{author}:{row.concept}"),
        "modelId": model,
        "layer": source,
        "index": str(row.neuron),
        "authorId": author,
        "description": row.concept,
        **dict.fromkeys(("embedding", "typeName", "explanationModelName")),
        **dict.fromkeys(("umap_x", "umap_y", "umap_cluster", "umap_log_feature_sparsity")),
    }


def write_batch(path: Path, rows: list[dict[str, Any]]) -> None:
    """One gzip of JSON lines; the same rows give the same bytes."""
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    path.write_bytes(gzip.compress(lines.encode(), mtime=0))


def cuid(text: str) -> str:
    """An id of the form Neuronpedia uses (25 digits and letters, the first a c), the same for one text."""
    number = int.from_bytes(hashlib.sha256(text.encode()).digest(), "big")
    return "c" + "".join(DIGITS[number // 36**place % 36] for place in range(24))


def slug(name: str) -> str:
    """The last part of a path or Hub id, in letters that a path and an address can hold."""
    last = re.split(r"[\\/]", name.rstrip("\\/"))[-1]
    return re.sub(r"[^a-z0-9._-]+", "-", last.lower()).strip("-.")


def _name(value: Any, key: str) -> str:
    return str((value.get(key) if isinstance(value, Mapping) else value) or "")
