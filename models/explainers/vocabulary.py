"""The vocabulary explainer: ranks the phrases of a bank by how far they stand out on a neuron's evidence.

The evidence of a neuron is the mean v of its examples' unit embeddings, so that v . t is the mean cosine with
a phrase t (METHOD 4). A phrase that everything resembles aligns with every neuron; so each is measured
against its own background, the evidence of the other neurons: z(j, c) = (v_j . t_c - m . t_c) / s_c with m
the mean of v over neurons and s_c the standard deviation of v . t_c over neurons. NumPy only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.explainers.bank import Bank

Floats = NDArray[np.float32]

VERSION = "vocabulary 1"
CANDIDATES = 8
#: A phrase that stands out less than this from the background of the other neurons names nothing.
STANDS_OUT = 1.645


@dataclass(frozen=True, slots=True)
class Ranking:
    """The best phrases of one neuron: indices into the bank, best first, and their z."""

    phrases: tuple[int, ...]
    scores: tuple[float, ...]

    @property
    def best(self) -> int | None:
        """The phrase that names the neuron, or None when none stands out (z below `STANDS_OUT`)."""
        return self.phrases[0] if self.scores and self.scores[0] >= STANDS_OUT else None


@dataclass(frozen=True, slots=True)
class Background:
    """Mean and standard deviation of every phrase's alignment over neurons: float64 [bank] each."""

    mean: NDArray[np.float64]
    spread: NDArray[np.float64]


def background_of(evidence: Floats, phrases: Floats) -> Background:
    """The background of each phrase: `evidence` float32 [m, e] of all neurons, `phrases` float32 [b, e].

    Var(v . t) = t' Cov(v) t, so that neither time nor memory grows with m x b.
    """
    v, t = evidence.astype(np.float64), phrases.astype(np.float64)
    centre = v.mean(axis=0)
    covariance = (v - centre).T @ (v - centre) / max(len(v) - 1, 1)
    variance = np.einsum("be,ef,bf->b", t, covariance, t, optimize=True)
    return Background(t @ centre, np.sqrt(variance.clip(0)))


def standing_out(evidence: Floats, phrases: Floats, background: Background) -> NDArray[np.float64]:
    """z of every phrase on some neurons' evidence: float64 [m, b]; 0 where the background has no spread."""
    aligned = evidence.astype(np.float64) @ phrases.T.astype(np.float64)
    usable = background.spread > 1e-9
    return np.where(usable, (aligned - background.mean) / np.where(usable, background.spread, 1), 0.0)


def rank(evidence: Floats, phrases: Floats, background: Background, bank: Bank) -> list[Ranking]:
    """The best `CANDIDATES` phrases of each neuron; of equals, the first in the bank."""
    z = standing_out(evidence, phrases, background)
    order = np.argsort(-z, axis=1, kind="stable")[:, : min(CANDIDATES, len(bank))]
    scores = np.take_along_axis(z, order, axis=1)
    return [Ranking(tuple(o), tuple(s)) for o, s in zip(order.tolist(), scores.tolist(), strict=True)]
