"""Embeddings of examples as a joint encoder is shown them, each distinct one once."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from models.explainers.conversations import whole_text
from models.explainers.evidence import text_window, visual_evidence
from models.pictures import hidden
from studio.domain.evidence import ActivationMap, StoredSample
from studio.domain.modality import TokenKind

Vectors = NDArray[np.float32]
#: Embeddings that are remembered, the oldest let go.
REMEMBERED = 50_000
#: Inputs made and embedded together.
BATCH = 64
#: Blurred pictures that are remembered.
VEILS = 256


class Views:
    """`marked`: the part that is marked alone (the rest of a picture blurred, a window of a text), else the
    whole picture or text. `opened` gives the picture of a row, mode RGB."""

    def __init__(self, aligner: Any, opened: Callable[[int], Image.Image], marked: bool) -> None:
        self._aligner, self._opened, self._marked = aligner, opened, marked
        self._known: dict[Hashable, Vectors] = {}
        self._veils: dict[int, Image.Image] = {}

    def embed(self, side: TokenKind, items: Sequence[tuple[StoredSample, ActivationMap]]) -> Vectors:
        """Unit embeddings float32 [n, e] of one side of each item."""
        if not items:
            return np.zeros((0, self._aligner.dim), np.float32)
        keys = [self._key(side, *item) for item in items]
        fresh = {key: item for key, item in zip(keys, items, strict=True) if key not in self._known}
        # By picture, so that each is decoded and blurred once.
        order = sorted(fresh, key=lambda key: fresh[key][0].picture or 0)
        for start in range(0, len(order), BATCH):
            part = order[start : start + BATCH]
            self._known.update(zip(part, self._fresh(side, [fresh[key] for key in part]), strict=True))
        found = np.stack([self._known[key] for key in keys])
        for key in list(self._known)[: max(0, len(self._known) - REMEMBERED)]:
            del self._known[key]
        return found

    def _fresh(self, side: TokenKind, items: Sequence[tuple[StoredSample, ActivationMap]]) -> Vectors:
        if side is TokenKind.IMAGE:
            return np.asarray(self._aligner.embed_images([self._picture(*item) for item in items]))
        return np.asarray(self._aligner.embed_texts([self._text(*item) for item in items]))

    def _key(self, side: TokenKind, sample: StoredSample, marks: ActivationMap) -> Hashable:
        if side is TokenKind.TEXT:
            return (side, self._text(sample, marks))
        return (side, sample.picture, marks.image_index.tobytes() if self._marked else None)

    def _text(self, sample: StoredSample, marks: ActivationMap) -> str:
        return text_window(sample, marks) if self._marked and len(marks.text_index) else whole_text(sample)

    def _picture(self, sample: StoredSample, marks: ActivationMap) -> Image.Image:
        row = sample.picture or 0
        picture = self._opened(row)
        if not self._marked:
            return picture
        if row not in self._veils:
            self._veils[row] = hidden(picture, "blur")
            while len(self._veils) > VEILS:
                self._veils.pop(next(iter(self._veils)))
        return visual_evidence(picture, sample, marks, "blur", self._veils[row])[0]
