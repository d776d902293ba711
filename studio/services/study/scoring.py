"""Tests a name on the held-out half: three measures, the same for every method."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.domain.modality import TokenKind
from studio.services.study.gather import Side
from studio.services.study.halves import Halves
from studio.services.study.vectors import Vectors, VectorStore

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Measure:
    """A number per neuron, higher where the name is better."""

    name: str
    title: str
    meaning: str


MEASURES = (
    Measure(
        "alignment",
        "Alignment",
        "Mean cosine of the concept with the held-out firing regions (or text windows), METHOD 4.",
    ),
    Measure(
        "place",
        "Place in the bank",
        "Share of the other phrases of the bank that align less with the held-out evidence; 1 is the best.",
    ),
    Measure(
        "detection",
        "Detection",
        "Area under the ROC curve: does the concept's cosine with the whole picture (or text) tell held-out "
        "samples that fire the neuron from samples that do not? 0.5 is chance.",
    ),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One name, and how it did. NaN where a measure could not be taken."""

    neuron: int
    side: TokenKind
    run: int
    method: str
    concept: str
    stands_out: bool
    seen: int
    held_out: int
    silent: int
    alignment: float
    place: float
    detection: float


class HeldOut:
    """The held-out evidence of the neurons of one side and run: `mean` float32 [m, e] of the firing parts."""

    def __init__(self, sides: list[Side], halves: list[Halves], store: VectorStore) -> None:
        self._sides, self._halves, self._store = sides, halves, store
        self.mean: Vectors = np.stack([self._held(i) for i in range(len(sides))])

    def alignment(self, concepts: Vectors) -> Floats:
        """Mean cosine of each neuron's concept [m, e] with its held-out parts."""
        return np.asarray(np.einsum("me,me->m", self.mean, concepts, dtype=np.float64))

    def place(self, concepts: Vectors, phrases: Vectors, inside: Sequence[int | None]) -> Floats:
        """Share of the other phrases [b, e] that align less than the concept; equal ones count half.

        `inside` says which phrase the concept is, where it is one of them. NaN without other phrases.
        """
        cosines = self.mean.astype(np.float64) @ phrases.T.astype(np.float64)
        own = self.alignment(concepts)
        found = np.full(len(own), np.nan)
        for i, phrase in enumerate(inside):
            others = cosines[i] if phrase is None else np.delete(cosines[i], phrase)
            mine = own[i] if phrase is None else cosines[i, phrase]
            if len(others):
                found[i] = (others < mine).mean() + (others == mine).mean() / 2
        return found

    def detection(self, concepts: Vectors) -> Floats:
        """AUC over whole held-out samples against whole silent ones; NaN where there is none of a kind."""
        return np.array([self._auc(i, concepts[i]) for i in range(len(self._sides))])

    def _held(self, i: int) -> Vectors:
        keys = [self._sides[i].items[k].part for k in self._halves[i].held]
        return np.asarray(self._store.stack(keys).mean(axis=0, dtype=np.float64), np.float32)

    def _auc(self, i: int, concept: Vectors) -> float:
        from models.scorers.detection import auc

        side, half = self._sides[i], self._halves[i]
        fires = [side.items[k].whole for k in half.held]
        silent = [side.silent[k][0] for k in half.silent]
        if not fires or not silent:
            return float("nan")
        said = self._store.stack([*fires, *silent]) @ concept
        return auc(said, [True] * len(fires) + [False] * len(silent))
