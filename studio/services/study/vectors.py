"""Embeddings kept on disk by key, so that an interrupted study goes on where it was."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from studio.domain.context import Context
from studio.services.disk import plain_disk_errors

Vectors = NDArray[np.float32]
#: Inputs embedded together, and embeddings written together.
BATCH = 64
PART = 1024


def key_of(*parts: object) -> str:
    """A short name that differs where any part does. Arrays and bytes count by content."""
    digest = hashlib.sha256()
    for part in parts:
        body = part.tobytes() if isinstance(part, np.ndarray) else part
        digest.update((body if isinstance(body, bytes) else str(body).encode()) + b"\0")
    return digest.hexdigest()[:32]


class VectorStore:
    """Unit embeddings float32 [e] by key, in a folder of parts; each part appears when it is whole.

    A part that cannot be read is made anew. Raises `DiskFullError` and its kind when the folder cannot be
    written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._vectors: dict[str, Vectors] = {}
        self._fresh: dict[str, Vectors] = {}
        for path in sorted(folder.glob("*.npz")):
            self._vectors |= _read(path)

    def __contains__(self, key: str) -> bool:
        return key in self._vectors or key in self._fresh

    def stack(self, keys: Sequence[str]) -> Vectors:
        """The embeddings of these keys, in order: float32 [n, e]."""
        return np.stack([self._vectors[key] for key in keys])

    def embed(
        self,
        todo: Iterable[tuple[str, Any]],
        embed: Callable[[list[Any]], Vectors],
        ctx: Context,
    ) -> None:
        """Embed the inputs whose key is new. `todo` gives (key, input), its inputs made as they are needed.

        What was embedded is on disk when this ends, in whatever way it does.
        """
        waiting: dict[str, Any] = {}
        try:
            for key, item in todo:
                waiting[key] = item
                if len(waiting) >= BATCH:
                    ctx.check()
                    self._take(waiting, embed)
            self._take(waiting, embed)
        finally:
            self.save()

    def save(self) -> None:
        """Write what is new as a part of its own."""
        if not self._fresh:
            return
        with plain_disk_errors(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            part = self._folder / f"{uuid4().hex}.part"
            with part.open("wb") as file:
                np.savez(file, keys=np.array(list(self._fresh)), vectors=np.stack([*self._fresh.values()]))
            part.replace(part.with_suffix(".npz"))
        self._vectors |= self._fresh
        self._fresh = {}

    def _take(self, waiting: dict[str, Any], embed: Callable[[list[Any]], Vectors]) -> None:
        if waiting:
            self._fresh.update(zip(waiting, embed(list(waiting.values())), strict=True))
            waiting.clear()
        if len(self._fresh) >= PART:
            self.save()


def _read(path: Path) -> dict[str, Vectors]:
    try:
        with np.load(path, allow_pickle=False) as stored:
            return dict(zip(stored["keys"].tolist(), stored["vectors"], strict=True))
    except Exception:  # a torn file fails in many ways, and each means the same
        path.unlink(missing_ok=True)
        return {}
