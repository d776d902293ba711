"""Every neuron's evidence as one vector a side, embedded once, and kept beside the run so that it resumes.

The mean of an example set's unit embeddings says all that alignment needs: its dot product with a phrase is
the mean cosine (METHOD 4).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from studio.domain.context import Context
from studio.domain.modality import TokenKind
from studio.services.embedding_checkpoint import EvidenceRow, evidence_digest, read_rows, write_rows
from studio.services.embedding_memory import EmbeddingMemory
from studio.services.evidence_reader import Half, PictureCache, Shown, halves, live_neurons
from studio.storage.project import Project

if TYPE_CHECKING:
    from models.aligners import Aligner
    from models.pictures import Hiding

#: Neurons whose evidence is embedded, and checkpointed, together.
CHUNK = 64
SIDES = (TokenKind.IMAGE, TokenKind.TEXT)


@dataclass(frozen=True, slots=True)
class SideEvidence:
    """Neurons with evidence on one side: `neurons` int64 [m] ascending; `mean` float32 [m, e], the mean of
    the unit embeddings of `n` int64 [m] examples; `size` float32 [m]: mean share of the picture that stays,
    or mean length of the window in characters; `samples`: the ids of the examples."""

    neurons: NDArray[np.int64]
    mean: NDArray[np.float32]
    n: NDArray[np.int64]
    size: NDArray[np.float32]
    samples: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Request:
    """Which examples, how many, and how the rest of the picture is hidden."""

    half: Half
    examples: int
    how: Hiding

    def key(self, aligner: Aligner) -> str:
        """Names the cache: equal exactly when the embeddings would be."""
        parts = [1, aligner.id, aligner.fingerprint, self.half, self.examples, self.how]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def embed_evidence(
    project: Project, aligner: Aligner, request: Request, cache: Path, ctx: Context
) -> dict[TokenKind, SideEvidence]:
    """Embed the evidence of every live neuron of a snapshot, each distinct picture and window once.

    `cache` is a folder for checkpoints; what it holds for the same evidence is not embedded again. Raises
    `Cancelled`, after which a new call goes on where this one stopped.
    """
    run = _Run(project, aligner, request, cache / f"evidence-{request.key(aligner)}")
    neurons = list(live_neurons(project))
    for start in range(0, len(neurons), CHUNK):
        ctx.check()
        ctx.report(start, len(neurons), "Looking at the evidence of each neuron")
        run.chunk(start // CHUNK, neurons[start : start + CHUNK], ctx)
    ctx.report(len(neurons), len(neurons))
    return {side: run.result(side, aligner.dim) for side in SIDES}


class _Run:
    """What has been embedded so far, and the means to embed more."""

    def __init__(self, project: Project, aligner: Aligner, request: Request, folder: Path) -> None:
        self._project = project
        self._request = request
        self._folder = folder
        self._pictures = PictureCache(project, request.how)
        self._memory = {
            TokenKind.IMAGE: EmbeddingMemory(aligner.embed_images),
            TokenKind.TEXT: EmbeddingMemory(aligner.embed_texts),
        }
        self._rows: dict[TokenKind, dict[int, EvidenceRow]] = {side: {} for side in SIDES}

    def chunk(self, number: int, neurons: Sequence[int], ctx: Context) -> None:
        """Embed what some neurons show, unless a checkpoint has it."""
        path = self._folder / f"{number:06d}.npz"
        kept = read_rows(path)
        rows: dict[tuple[TokenKind, int], EvidenceRow] = {}
        todo: dict[tuple[TokenKind, int], list[Shown]] = {}
        parted = {neuron: halves(self._project, neuron) for neuron in neurons}
        for side, neuron in ((side, neuron) for side in SIDES for neuron in neurons):
            found = parted[neuron][side][self._request.half][: self._request.examples]
            old = kept.get((side, neuron))
            if found and old is not None and old.digest == evidence_digest(found):
                rows[side, neuron] = old
            elif found:
                todo[side, neuron] = found
        rows |= self._embedded(todo, ctx)
        if todo:
            write_rows(path, rows)
        for (side, neuron), row in rows.items():
            self._rows[side][neuron] = row

    def _embedded(
        self, todo: Mapping[tuple[TokenKind, int], list[Shown]], ctx: Context
    ) -> dict[tuple[TokenKind, int], EvidenceRow]:
        asked: dict[tuple[TokenKind, int], list[Hashable]] = {}
        for (side, neuron), found in todo.items():
            ctx.check()
            asked[side, neuron] = [self._ask(side, item) for item in found]
        rows = {place: self._row(place[0], todo[place], keys, ctx) for place, keys in asked.items()}
        for memory in self._memory.values():
            memory.trim()
        return rows

    def _ask(self, side: TokenKind, item: Shown) -> Hashable:
        """Queue one picture or window, unless it is known; returns its key."""
        from models.explainers.evidence import text_window, visual_evidence

        memory = self._memory[side]
        if side is TokenKind.TEXT:
            text = text_window(item.sample, item.example.map)
            memory.ask(text, text, float(len(text)))
            return text
        if not memory.has(item.key):
            picture, veil = self._pictures.get(item.sample.picture or 0)
            masked, share = visual_evidence(picture, item.sample, item.example.map, self._request.how, veil)
            memory.ask(item.key, masked, share)
        return item.key

    def _row(
        self, side: TokenKind, found: Sequence[Shown], keys: Sequence[Hashable], ctx: Context
    ) -> EvidenceRow:
        memory = self._memory[side]
        vectors = memory.all(ctx)
        mean = np.stack([vectors[key] for key in keys]).mean(axis=0, dtype=np.float64).astype(np.float32)
        size = float(np.mean([memory.size(key) for key in keys]))
        return EvidenceRow(
            evidence_digest(found), mean, len(found), size, tuple(item.sample.id for item in found)
        )

    def result(self, side: TokenKind, dim: int) -> SideEvidence:
        """All rows of one side as columns."""
        rows = dict(sorted(self._rows[side].items()))
        means = [row.mean for row in rows.values()]
        return SideEvidence(
            np.array(list(rows), np.int64),
            np.stack(means) if means else np.zeros((0, dim), np.float32),
            np.array([row.n for row in rows.values()], np.int64),
            np.array([row.size for row in rows.values()], np.float32),
            tuple(row.samples for row in rows.values()),
        )
