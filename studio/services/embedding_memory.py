"""Embeds each distinct picture or window once, in batches."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.domain.context import Context

#: Pictures or windows embedded together.
BATCH = 64
#: Embeddings that are remembered from one chunk of neurons to the next.
REMEMBERED = 50_000

Vectors = NDArray[np.float32]


class EmbeddingMemory:
    """Embeddings and sizes by key. `embed` takes a list of inputs and gives float32 [N, e]."""

    def __init__(self, embed: Callable[[list[Any]], Vectors]) -> None:
        self._embed = embed
        self._vectors: dict[Hashable, Vectors] = {}
        self._sizes: dict[Hashable, float] = {}
        self._waiting: dict[Hashable, Any] = {}

    def has(self, key: Hashable) -> bool:
        """Whether this key was asked for before."""
        return key in self._sizes

    def size(self, key: Hashable) -> float:
        """The size given with this key."""
        return self._sizes[key]

    def ask(self, key: Hashable, item: Any, size: float) -> None:
        """Queue an input, unless its key is known."""
        if not self.has(key):
            self._waiting[key] = item
            self._sizes[key] = size
            if len(self._waiting) >= BATCH:
                self._flush()

    def all(self, ctx: Context) -> dict[Hashable, Vectors]:
        """The embedding of every key that was asked for since the last `trim`, at least."""
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
