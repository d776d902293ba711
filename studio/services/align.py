"""Alignment of concepts with evidence, against a background of other neurons (METHOD 4).

All of it is products of two matrices: the mean embeddings of the neurons' evidence, and the embeddings of the
concepts. Nothing is embedded again for the background.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from studio.domain.concept import Alignment, Proposal
from studio.domain.context import Context
from studio.domain.modality import TokenKind
from studio.domain.specs import ScoreSpec
from studio.domain.statistics import benjamini_hochberg, empirical_p, z_score
from studio.services.background import matched, standing_for
from studio.services.embeddings import SideEvidence

if TYPE_CHECKING:
    from models.aligners import Aligner
    from models.explainers.bank import Bank

Floats = NDArray[np.float64]
#: Pairs scored together: bounds pairs x bank.
CHUNK = 256


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Concepts to be tested on one side. `row` int64 [t] into the side's evidence, `concept` the texts [t],
    `vector` float32 [t, e]; `namesakes`: rows of the neurons that were given a concept, int64, by concept."""

    row: NDArray[np.int64]
    concept: list[str]
    vector: NDArray[np.float32]
    namesakes: dict[str, NDArray[np.int64]]


def align(
    spec: ScoreSpec,
    proposals: Sequence[Proposal],
    evidence: dict[TokenKind, SideEvidence],
    seen: dict[TokenKind, SideEvidence],
    aligner: Aligner,
    bank: Bank,
    ctx: Context,
) -> list[Alignment]:
    """Test each neuron's proposed concepts on both of its sides, whichever side they came from.

    `evidence` is of the held-out half of the examples, `seen` of the half that names them. The background of
    a concept leaves out neurons that are no null for it: those that were given the same concept, on either
    side, and those whose seen evidence stands for it (`background.standing_for`). q is Benjamini-Hochberg
    over all tests of a side: for every neuron, is this concept in this side's evidence?
    """
    ctx.report(0, 1, "Comparing concepts with the background")
    vectors = _vectors(aligner, [p.concept for p in proposals if p.concept is not None])
    phrases = aligner.embed_texts(bank.phrases)
    found: list[Alignment] = []
    for number, (side, rows) in enumerate(evidence.items()):
        pairs = _pairs(side, rows, proposals, vectors)
        if len(pairs.row):
            found += _side(spec, number, side, rows, seen[side], pairs, aligner, bank, phrases, ctx)
    ctx.report(1, 1)
    return found


def _vectors(aligner: Aligner, concepts: Sequence[str]) -> dict[str, NDArray[np.float32]]:
    distinct = list(dict.fromkeys(concepts))
    return dict(zip(distinct, aligner.embed_texts(distinct), strict=True))


def _pairs(
    side: TokenKind,
    rows: SideEvidence,
    proposals: Sequence[Proposal],
    vectors: dict[str, NDArray[np.float32]],
) -> _Pairs:
    """Each distinct (neuron, concept) once, whichever side proposed it."""
    row_of = {int(neuron): row for row, neuron in enumerate(rows.neurons)}
    named = [(row_of[p.neuron], p.concept) for p in proposals if p.concept is not None and p.neuron in row_of]
    distinct = list(dict.fromkeys(named))
    by_concept: dict[str, list[int]] = {}
    for row, concept in distinct:
        by_concept.setdefault(concept, []).append(row)
    concepts = [concept for _, concept in distinct]
    return _Pairs(
        np.array([row for row, _ in distinct], np.int64),
        concepts,
        np.stack([vectors[c] for c in concepts]) if concepts else np.zeros((0, 0), np.float32),
        {concept: np.array(found, np.int64) for concept, found in by_concept.items()},
    )


def _side(
    spec: ScoreSpec,
    number: int,
    side: TokenKind,
    rows: SideEvidence,
    seen: SideEvidence,
    pairs: _Pairs,
    aligner: Aligner,
    bank: Bank,
    phrases: NDArray[np.float32],
    ctx: Context,
) -> list[Alignment]:
    a, z, p = _against_background(spec, number, rows, seen, pairs, ctx)
    q = benjamini_hochberg(p)
    rank, softmax, size = _in_bank(rows, pairs, bank, phrases, aligner.scale, ctx)
    return [
        Alignment(
            int(rows.neurons[row]), side, concept, aligner.id,
            float(a[i]), float(z[i]), float(p[i]), float(q[i]),
            int(rank[i]), float(softmax[i]), int(size[i]), int(rows.n[row]),
        )
        for i, (row, concept) in enumerate(zip(pairs.row.tolist(), pairs.concept, strict=True))
    ]  # fmt: skip


def _against_background(
    spec: ScoreSpec, number: int, rows: SideEvidence, seen: SideEvidence, pairs: _Pairs, ctx: Context
) -> tuple[Floats, Floats, Floats]:
    """a, z and p of every pair: the same concept on the evidence of R matched other neurons."""
    order = np.argsort(rows.size, kind="stable")
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    a = np.einsum("te,te->t", rows.mean[pairs.row], pairs.vector, dtype=np.float64)
    z, p = np.empty(len(a)), np.empty(len(a))
    for concept, places in _by_concept(pairs).items():
        ctx.check()
        no_null = np.union1d(pairs.namesakes[concept], standing_for(pairs.vector[places[0]], rows, seen))
        for t in places:
            row = int(pairs.row[t])
            seed = (spec.seed, number, int(rows.neurons[row]))
            drawn = matched(int(place[row]), len(order), spec.background, seed, place[no_null])
            null = rows.mean[order[drawn]].astype(np.float64) @ pairs.vector[t].astype(np.float64)
            z[t], p[t] = z_score(a[t], null), empirical_p(a[t], null)
    return a, z, p


def _by_concept(pairs: _Pairs) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for t, concept in enumerate(pairs.concept):
        found.setdefault(concept, []).append(t)
    return found


def _in_bank(
    rows: SideEvidence,
    pairs: _Pairs,
    bank: Bank,
    phrases: NDArray[np.float32],
    scale: float,
    ctx: Context,
) -> tuple[NDArray[np.int64], Floats, NDArray[np.int64]]:
    """Rank from 1, softmax and size of the bank; a concept that is not in the bank joins it for its test."""
    index = {phrase: i for i, phrase in enumerate(bank.phrases)}
    rank, size = np.empty(len(pairs.row), np.int64), np.empty(len(pairs.row), np.int64)
    softmax = np.empty(len(pairs.row))
    for start in range(0, len(pairs.row), CHUNK):
        ctx.check()
        part = slice(start, start + CHUNK)
        means = rows.mean[pairs.row[part]].astype(np.float64)
        own = np.einsum("te,te->t", means, pairs.vector[part], dtype=np.float64)
        others = means @ phrases.T.astype(np.float64)
        for t, concept in enumerate(pairs.concept[part]):
            if concept in index:
                others[t, index[concept]] = -np.inf
        rank[part] = 1 + (others > own[:, None]).sum(axis=1)
        softmax[part] = 1 / (1 + np.exp(scale * (others - own[:, None])).sum(axis=1))
        size[part] = [len(bank) + (concept not in index) for concept in pairs.concept[part]]
    return rank, softmax, size
