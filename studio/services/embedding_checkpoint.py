"""Embeddings of a chunk of neurons in a file, each with a digest of what was shown."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.domain.evidence import Example
from studio.domain.modality import TokenKind
from studio.services.evidence_reader import Shown


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """One neuron's side: the digest of what was shown, the mean embedding float32 [e] of `n` examples, their
    mean size, and the ids of their samples."""

    digest: str
    mean: NDArray[np.float32]
    n: int
    size: float
    samples: tuple[str, ...]


Rows = Mapping[tuple[TokenKind, int], EvidenceRow]


def evidence_digest(found: Sequence[Shown]) -> str:
    """Equal where the examples, their maps, texts and geometry are."""
    digest = hashlib.sha256()
    for item in found:
        digest.update(json.dumps([item.sample.id, item.sample.tokens, item.sample.picture]).encode())
        digest.update(_map_bytes(item.example))
        digest.update(item.sample.boxes.tobytes())
    return digest.hexdigest()[:32]


def _map_bytes(example: Example) -> bytes:
    found = example.map
    arrays = (found.image_index, found.image_value, found.text_index, found.text_value)
    return b"|".join(np.ascontiguousarray(array).tobytes() for array in arrays)


def write_rows(path: Path, rows: Rows) -> None:
    """Write a checkpoint, which appears only when it is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    table = [[side.value, neuron, r.digest, r.n, r.size, r.samples] for (side, neuron), r in rows.items()]
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.savez(file, table=np.array(json.dumps(table)), mean=np.stack([r.mean for r in rows.values()]))
    part.replace(path)


def read_rows(path: Path) -> Rows:
    """What a checkpoint holds; nothing when there is none, or when it is damaged: it is made anew."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            table, means = json.loads(str(stored["table"])), stored["mean"]
        return {
            (TokenKind(side), int(neuron)): EvidenceRow(digest, mean, int(n), float(size), tuple(samples))
            for (side, neuron, digest, n, size, samples), mean in zip(table, means, strict=True)
        }
    except Exception:  # a file that is missing or torn fails in many ways, and each means the same
        return {}
