"""The vocabulary explainer: ranks the phrases of a bank by how far they stand out on a neuron's evidence.

The evidence of a neuron is the mean v of its examples' unit embeddings, so that v . t is the mean cosine with
a phrase t (METHOD 4). A phrase that everything resembles aligns with every neuron; so each is measured
against its own background, the evidence of the other neurons:

    score(j, c) = (v_j . t_c - m . t_c) / (s_c + s_0)

with m the mean of v over neurons, s_c the standard deviation of v . t_c over neurons, and s_0 the median of
s_c over the bank. s_0 keeps phrases with a tiny spread, which tell nothing apart, from winning on noise; it
is the fudge factor of SAM (Tusher, Tibshirani and Chu 2001). NumPy only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.explainers.bank import Bank

Floats = NDArray[np.float32]

VERSION = "vocabulary 1 (blurred surroundings, mean cosine against the background, softened)"
CANDIDATES = 8
#: The best phrase names nothing when it lies less than so many s_c above its background (one-sided 5 %). The
#: rule is lenient on purpose: whether a name holds is tested on held-out examples, by the alignment score.
STANDS_OUT = 1.645


@dataclass(frozen=True, slots=True)
class Ranking:
    """The best phrases of one neuron: indices into the bank, best first, their scores, and how many standard
    deviations the first lies above its background."""

    phrases: tuple[int, ...]
    scores: tuple[float, ...]
    z: float

    @property
    def best(self) -> int | None:
        """The phrase that names the neuron, or None when it does not stand out (z below `STANDS_OUT`)."""
        return self.phrases[0] if self.z >= STANDS_OUT else None


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


def scores(
    evidence: Floats, phrases: Floats, background: Background
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Score and z of every phrase on some neurons' evidence: float64 [m, b] each; 0 without a background."""
    above = evidence.astype(np.float64) @ phrases.T.astype(np.float64) - background.mean
    usable = background.spread > 1e-9
    spread = np.where(usable, background.spread, np.inf)
    softener = float(np.median(background.spread[usable])) if usable.any() else 0.0
    return above / (spread + softener), above / spread


def rank(evidence: Floats, phrases: Floats, background: Background, bank: Bank) -> list[Ranking]:
    """The best `CANDIDATES` phrases of each neuron; of equals, the first in the bank."""
    score, z = scores(evidence, phrases, background)
    order = np.argsort(-score, axis=1, kind="stable")[:, : min(CANDIDATES, len(bank))]
    best = np.take_along_axis(score, order, axis=1).tolist()
    return [
        Ranking(tuple(o), tuple(s), float(z[j, o[0]]))
        for j, (o, s) in enumerate(zip(order.tolist(), best, strict=True))
    ]
