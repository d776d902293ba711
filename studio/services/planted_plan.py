"""Neurons whose concept and class are known because we chose them, and where they fire on a sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.domain.modality import Modality, TokenKind

CLASSES = (Modality.VISUAL, Modality.TEXTUAL, Modality.MULTIMODAL)
#: Samples a concept must show in on a side to be planted there: twice the examples an explainer sees.
ENOUGH = 12
#: Spread of the strength of a firing, as the sigma of a lognormal.
STRENGTH = 0.3

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class PlantSpec:
    """How many neurons over how many scenes, and the dials.

    `dropout`: share of the tokens a neuron should fire on where it stays silent. `spurious`: firings at a
    random token of a random sample, on each side, for each sample it rightly fires on there. `overlap`: share
    of the samples of a second concept on which the neuron fires as well.
    """

    neurons: int = 300
    scenes: int = 2000
    dropout: float = 0.05
    spurious: float = 0.05
    overlap: float = 0.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Planted:
    """One planted neuron. `second` is the concept it overlaps with."""

    neuron: int
    concept: str
    modality: Modality
    second: str

    def on(self, side: TokenKind) -> bool:
        """Whether the neuron stands for something on this side."""
        only = Modality.VISUAL if side is TokenKind.IMAGE else Modality.TEXTUAL
        return self.modality in (only, Modality.MULTIMODAL)


def plan(
    spec: PlantSpec,
    concepts: Sequence[str],
    groups: Sequence[str],
    counts: dict[TokenKind, NDArray[np.int64]],
) -> list[Planted]:
    """Draw classes in turn, and for each a concept that shows in `ENOUGH` samples on its side or sides.

    `counts` int64 [concepts]: samples each concept shows in, by side. `groups` names what a concept is (name,
    category, colour); the second concept is of the same group. Concepts are used up evenly. Raises ValueError
    when no concept shows often enough.
    """
    rng = np.random.default_rng([spec.seed, 1])
    image, text = counts[TokenKind.IMAGE] >= ENOUGH, counts[TokenKind.TEXT] >= ENOUGH
    fits = dict(zip(CLASSES, (image, text, image & text), strict=True))
    order = {modality: _round(rng, np.flatnonzero(fits[modality])) for modality in CLASSES}
    found = []
    for neuron in range(spec.neurons):
        modality = CLASSES[neuron % len(CLASSES)]
        choices = order[modality]
        chosen = int(choices[neuron // len(CLASSES) % len(choices)])
        same = [i for i, group in enumerate(groups) if group == groups[chosen] and i != chosen]
        second = int(rng.choice(same)) if same else chosen
        found.append(Planted(neuron, concepts[chosen], modality, concepts[second]))
    return found


def _round(rng: np.random.Generator, fit: NDArray[np.int64]) -> NDArray[np.int64]:
    if not len(fit):
        raise ValueError(f"No concept shows in {ENOUGH} samples. Plant over more scenes.")
    return rng.permutation(fit)


class Firing:
    """Draws the activations of all planted neurons, sample by sample, the same for the same seed."""

    def __init__(
        self, spec: PlantSpec, neurons: Sequence[Planted], concepts: Sequence[str],
        counts: dict[TokenKind, NDArray[np.int64]],
    ) -> None:  # fmt: skip
        index = {concept: i for i, concept in enumerate(concepts)}
        self._spec = spec
        self._own = np.array([index[n.concept] for n in neurons])
        self._second = np.array([index[n.second] for n in neurons])
        self._on = {side: np.array([n.on(side) for n in neurons]) for side in TokenKind}
        self._stray = self._stray_rates(counts)

    def _stray_rates(
        self, counts: dict[TokenKind, NDArray[np.int64]]
    ) -> dict[TokenKind, NDArray[np.float64]]:
        """Chance of a spurious firing in one sample: float64 [neurons] for each side. On a side the neuron
        does not stand for, it is as high as on the side it does."""
        right = {side: counts[side][self._own] * self._on[side] for side in TokenKind}
        most = np.maximum(*right.values())
        rate = self._spec.spurious / self._spec.scenes
        return {side: rate * np.where(self._on[side], right[side], most) for side in TokenKind}

    def draw(self, sample: int, side: TokenKind, present: Floats) -> Floats:
        """Activations float32 [tokens, neurons]; `present` float32 [tokens, concepts]: how far a token shows
        a concept, 0..1."""
        rng = np.random.default_rng([self._spec.seed, 2 + list(TokenKind).index(side), sample])
        tokens, neurons = len(present), len(self._own)
        level = present[:, self._own] * self._on[side]
        also = rng.random(neurons) < self._spec.overlap
        level = np.maximum(level, present[:, self._second] * (self._on[side] & also))
        level *= rng.random((tokens, neurons)) >= self._spec.dropout
        stray = np.flatnonzero(rng.random(neurons) < self._stray[side])
        level[rng.integers(0, tokens, len(stray)), stray] = 1.0
        return np.asarray(level * rng.lognormal(0.0, STRENGTH, level.shape), np.float32)


def as_code(values: Floats) -> tuple[NDArray[np.int32], Floats]:
    """Dense activations [tokens, neurons] as an SAE's sparse code: indices int32 and values float32, both
    [tokens, k] with k the most neurons active on one token (at least 1), unused slots 0."""
    k = max(1, int((values > 0).sum(axis=1).max(initial=0)))
    order = np.argsort(-values, axis=1, kind="stable")[:, :k]
    return order.astype(np.int32), np.take_along_axis(values, order, axis=1)
