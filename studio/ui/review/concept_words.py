"""The concepts of all neurons, folded, each text kept once: scanned and ordered by text, not by neuron."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from studio.domain.search import fold, fold_all

#: Scanned texts that are kept.
SCANS_KEPT = 8


class ConceptWords:
    """Concepts come from a vocabulary, so 131,072 neurons share some thousands of texts. Neuron i has the
    text of code i; "" is a neuron without a concept."""

    def __init__(self, concepts: Sequence[str]) -> None:
        raw: dict[str, int] = {}
        codes = _codes(concepts, raw, len(concepts))
        self._code_of: dict[str, int] = {}
        folded = fold_all(list(raw))
        self._codes = _codes(folded, self._code_of, len(folded))[codes]
        self._texts = list(self._code_of)
        self._scans: dict[str, NDArray[np.bool_]] = {}

    def set(self, neuron: int, concept: str) -> bool:
        """Give one neuron another concept; whether its folded text is another one now."""
        text = fold(concept)
        code = self._code_of.setdefault(text, len(self._texts))
        if code == self._codes[neuron]:
            return False
        if code == len(self._texts):
            self._texts.append(text)
            self._scans.clear()
        self._codes[neuron] = code
        return True

    def having(self, text: str) -> NDArray[np.bool_]:
        """bool [n]: neurons whose concept has a folded text; those without any for "". A text is asked for
        again when the index has answered, and while somebody types on."""
        if text not in self._scans:
            if len(self._scans) >= SCANS_KEPT:
                self._scans.pop(next(iter(self._scans)))
            found = (text in one if text else not one for one in self._texts)
            self._scans[text] = np.fromiter(found, bool, len(self._texts))
        kept: NDArray[np.bool_] = self._scans[text][self._codes]
        return kept

    def order(self, descending: bool) -> NDArray[np.int64]:
        """Neurons by text, int64 [n]: equal ones by number, those without a concept last either way."""
        texts = self._texts
        rank = np.empty(len(texts), np.int64)
        rank[sorted(range(len(texts)), key=texts.__getitem__, reverse=descending)] = np.arange(len(texts))
        if "" in self._code_of:
            rank[self._code_of[""]] = len(texts)
        return np.argsort(rank[self._codes], kind="stable")


def _codes(texts: Iterable[str], code_of: dict[str, int], n: int) -> NDArray[np.int32]:
    """The place of each of `n` texts among the distinct ones, which are added to `code_of` in turn."""
    return np.fromiter((code_of.setdefault(text, len(code_of)) for text in texts), np.int32, n)
