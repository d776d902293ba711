"""How well concepts align with evidence."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from math import nan

import numpy as np
from numpy.typing import NDArray

from studio.domain.concept import Alignment
from studio.domain.modality import TokenKind
from studio.storage.blobs import damaged
from studio.storage.database import AMONG, Database, Row

_COLUMNS = "neuron, side, concept, aligner, a, z, p, q, rank, softmax, bank_size, n"

_PAIRS = np.dtype([("neuron", "i8"), *((f"{n}{s}", "f8") for s in "it" for n in ("n", "a", "z", "q"))])


@dataclass(frozen=True, slots=True)
class AlignmentPairs:
    """Row i is one neuron's concept on both sides, by neuron and concept: `neuron` int64 [n], `concept` the
    texts; `n` int64 (-1: no alignment on that side), `a`, `z` and `q` float64 (NaN unknown), all [n, 2],
    image before text."""

    neuron: NDArray[np.int64]
    concept: list[str]
    n: NDArray[np.int64]
    a: NDArray[np.float64]
    z: NDArray[np.float64]
    q: NDArray[np.float64]


class Alignments:
    """One row for each neuron, side, concept and aligner."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def write(self, alignments: Iterable[Alignment]) -> None:
        """Keep alignments; those of the same neuron, side, concept and aligner are replaced."""
        sql = f"INSERT OR REPLACE INTO alignment({_COLUMNS}) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        rows = (
            (
                *(a.neuron, a.side.value, a.concept, a.aligner),
                *(float(a.a), float(a.z), float(a.p), float(a.q)),
                *(int(a.rank), float(a.softmax), int(a.bank_size), int(a.n)),
            )
            for a in alignments
        )
        with self._db.transaction():
            self._db.executemany(sql, rows)

    def all(self) -> list[Alignment]:
        """Every alignment, by neuron."""
        sql = f"SELECT {_COLUMNS} FROM alignment ORDER BY neuron, side, concept, aligner"
        return [_alignment(row) for row in self._db.rows(sql)]

    def some(self, neurons: Iterable[int]) -> list[Alignment]:
        """The alignments of some neurons, by neuron, in one query."""
        sql = f"SELECT {_COLUMNS} FROM alignment WHERE {AMONG} ORDER BY neuron, side, concept, aligner"
        return [_alignment(row) for row in self._db.among(sql, neurons)]

    def of(self, neuron: int) -> list[Alignment]:
        """The alignments of one neuron."""
        sql = f"SELECT {_COLUMNS} FROM alignment WHERE neuron=? ORDER BY side, concept, aligner"
        return [_alignment(row) for row in self._db.rows(sql, (neuron,))]

    def aligners(self) -> list[str]:
        """The aligners there are alignments of."""
        return [row[0] for row in self._db.rows("SELECT DISTINCT aligner FROM alignment ORDER BY aligner")]

    def pairs(self, aligner: str) -> AlignmentPairs:
        """All alignments of one aligner as columns: where 131,072 neurons are classed, objects take too
        long."""
        sides = ", ".join(
            f"coalesce(max(CASE WHEN side='{side}' THEN n END), -1), "
            + ", ".join(
                f"coalesce(max(CASE WHEN side='{side}' THEN {n} END), 9e999)" for n in ("a", "z", "q")
            )
            for side in ("image", "text")
        )
        where = "FROM alignment WHERE aligner=? GROUP BY neuron, concept ORDER BY neuron, concept"
        sql = f"SELECT neuron, {sides} {where}"
        texts = f"SELECT json_group_array(concept) FROM (SELECT concept {where})"
        try:
            found = np.fromiter(self._db.execute(sql, (aligner,)), _PAIRS)
            concepts = json.loads(self._db.value(texts, (aligner,)))
        except (ValueError, OverflowError, TypeError) as error:
            raise damaged("The alignments") from error
        n, a, z, q = (
            np.stack([found[f"{name}i"], found[f"{name}t"]], axis=1) for name in ("n", "a", "z", "q")
        )
        for column in (a, z, q):
            column[np.isinf(column)] = nan
        return AlignmentPairs(found["neuron"], concepts, n.astype(np.int64), a, z, q)


def _alignment(row: Row) -> Alignment:
    neuron, side, concept, aligner, a, z, p, q, rank, softmax, bank_size, n = row
    try:
        a, z, p, q, softmax = (nan if value is None else value for value in (a, z, p, q, softmax))
        return Alignment(neuron, TokenKind(side), concept, aligner, a, z, p, q, rank, softmax, bank_size, n)
    except ValueError as error:
        raise damaged(f"The alignment of neuron {neuron}") from error
