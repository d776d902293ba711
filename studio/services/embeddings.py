"""Every neuron's evidence as one vector a side, embedded once, and kept beside the run so that it resumes.

The mean of an example set's unit embeddings says all that alignment needs: its dot product with a phrase is
the mean cosine (METHOD 4).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from studio.domain.context import Context
from studio.domain.evidence import Example
from studio.domain.modality import TokenKind
from studio.services.evidence_reader import Half, PictureCache, Shown, live_neurons, shown
from studio.storage.project import Project

if TYPE_CHECKING:
    from models.aligners import Aligner
    from models.pictures import Hiding

#: Neurons whose evidence is embedded, and checkpointed, together.
CHUNK = 64
#: Embeddings of pictures and windows that are remembered across chunks.
REMEMBERED = 50_000
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
        return _digest([1, aligner.id, aligner.fingerprint, self.half, self.examples, self.how])[:16]


@dataclass(frozen=True, slots=True)
class _Row:
    """One neuron's side: the digest of what was shown, and what came of it."""

    digest: str
    mean: NDArray[np.float32]
    n: int
    size: float
    samples: tuple[str, ...]


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
    def __init__(self, project: Project, aligner: Aligner, request: Request, folder: Path) -> None:
        self._project = project
        self._request = request
        self._folder = folder
        self._pictures = PictureCache(project, request.how)
        self._known: dict[TokenKind, _Memory] = {
            TokenKind.IMAGE: _Memory(aligner.embed_images),
            TokenKind.TEXT: _Memory(aligner.embed_texts),
        }
        self._rows: dict[TokenKind, dict[int, _Row]] = {side: {} for side in SIDES}

    def chunk(self, number: int, neurons: Sequence[int], ctx: Context) -> None:
        """Embed what some neurons show, unless a checkpoint has it."""
        path = self._folder / f"{number:06d}.npz"
        known = _read_checkpoint(path)
        fresh = False
        for side in SIDES:
            todo = {}
            for neuron in neurons:
                found = shown(self._project, neuron, side, self._request.half, self._request.examples)
                if not found:
                    continue
                old = known.get((side, neuron))
                if old is not None and old.digest == _evidence_digest(found):
                    self._rows[side][neuron] = old
                else:
                    todo[neuron] = found
            fresh = fresh or bool(todo)
            self._rows[side] |= self._embedded(side, todo, ctx)
        if fresh:
            rows = {
                (side, n): self._rows[side][n] for side in SIDES for n in neurons if n in self._rows[side]
            }
            _write_checkpoint(path, rows)

    def _embedded(self, side: TokenKind, todo: dict[int, list[Shown]], ctx: Context) -> dict[int, _Row]:
        memory = self._known[side]
        inputs: dict[int, list[tuple[Hashable, float]]] = {}
        for neuron, found in todo.items():
            ctx.check()
            inputs[neuron] = [self._input(side, item, memory) for item in found]
        vectors = memory.embed(ctx)
        rows = {}
        for neuron, found in todo.items():
            keys, sizes = zip(*inputs[neuron], strict=True)
            mean = np.stack([vectors[key] for key in keys]).mean(axis=0, dtype=np.float64)
            ids = tuple(item.sample.id for item in found)
            rows[neuron] = _Row(
                _evidence_digest(found), mean.astype(np.float32), len(found), float(np.mean(sizes)), ids
            )
        memory.trim()
        return rows

    def _input(self, side: TokenKind, item: Shown, memory: _Memory) -> tuple[Hashable, float]:
        """Queue one picture or window, unless it is known; returns its key and size."""
        from models.explainers.evidence import text_window, visual_evidence

        if side is TokenKind.TEXT:
            text = text_window(item.sample, item.example.map)
            memory.ask(text, text, float(len(text)))
            return text, memory.size(text)
        key = item.key
        if not memory.has(key):
            picture, veil = self._pictures.get(item.sample.picture or 0)
            masked, share = visual_evidence(picture, item.sample, item.example.map, self._request.how, veil)
            memory.ask(key, masked, share)
        return key, memory.size(key)

    def result(self, side: TokenKind, dim: int) -> SideEvidence:
        rows = dict(sorted(self._rows[side].items()))
        means = [row.mean for row in rows.values()]
        return SideEvidence(
            np.array(list(rows), np.int64),
            np.stack(means) if means else np.zeros((0, dim), np.float32),
            np.array([row.n for row in rows.values()], np.int64),
            np.array([row.size for row in rows.values()], np.float32),
            tuple(row.samples for row in rows.values()),
        )


class _Memory:
    """Embeddings by key; asks for the missing ones in batches."""

    BATCH = 64

    def __init__(self, embed: Any) -> None:
        self._embed = embed
        self._vectors: dict[Hashable, NDArray[np.float32]] = {}
        self._sizes: dict[Hashable, float] = {}
        self._waiting: dict[Hashable, Any] = {}

    def has(self, key: Hashable) -> bool:
        return key in self._sizes

    def size(self, key: Hashable) -> float:
        return self._sizes[key]

    def ask(self, key: Hashable, item: Any, size: float) -> None:
        if not self.has(key):
            self._waiting[key] = item
            self._sizes[key] = size
            if len(self._waiting) >= self.BATCH:
                self._flush()

    def embed(self, ctx: Context) -> dict[Hashable, NDArray[np.float32]]:
        ctx.check()
        self._flush()
        return self._vectors

    def trim(self) -> None:
        """Forget the oldest ones beyond what is remembered."""
        for key in list(self._vectors)[: max(0, len(self._vectors) - REMEMBERED)]:
            del self._vectors[key], self._sizes[key]

    def _flush(self) -> None:
        if self._waiting:
            found = self._embed(list(self._waiting.values()))
            self._vectors.update(zip(self._waiting, found, strict=True))
            self._waiting.clear()


def _evidence_digest(found: Sequence[Shown]) -> str:
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


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()


def _write_checkpoint(path: Path, rows: dict[tuple[TokenKind, int], _Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    table = [[side.value, neuron, r.digest, r.n, r.size, r.samples] for (side, neuron), r in rows.items()]
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.savez(file, table=np.array(json.dumps(table)), mean=np.stack([r.mean for r in rows.values()]))
    part.replace(path)


def _read_checkpoint(path: Path) -> dict[tuple[TokenKind, int], _Row]:
    """What a checkpoint holds; nothing when there is none, or when it is damaged: it is made anew."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            table, means = json.loads(str(stored["table"])), stored["mean"]
        return {
            (TokenKind(side), int(neuron)): _Row(digest, mean, int(n), float(size), tuple(samples))
            for (side, neuron, digest, n, size, samples), mean in zip(table, means, strict=True)
        }
    except FileNotFoundError:
        return {}
    except Exception:  # a torn file fails in many ways, and each means the same
        return {}
