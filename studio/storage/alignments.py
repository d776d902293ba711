"""How well concepts align with evidence."""

from __future__ import annotations

from collections.abc import Iterable
from math import nan

from studio.domain.concept import Alignment
from studio.domain.modality import TokenKind
from studio.storage.blobs import damaged
from studio.storage.database import Database, Row

_COLUMNS = "neuron, side, concept, aligner, a, z, p, q, rank, softmax, bank_size, n"


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

    def of(self, neuron: int) -> list[Alignment]:
        """The alignments of one neuron."""
        sql = f"SELECT {_COLUMNS} FROM alignment WHERE neuron=? ORDER BY side, concept, aligner"
        return [_alignment(row) for row in self._db.rows(sql, (neuron,))]


def _alignment(row: Row) -> Alignment:
    neuron, side, concept, aligner, a, z, p, q, rank, softmax, bank_size, n = row
    try:
        a, z, p, q, softmax = (nan if value is None else value for value in (a, z, p, q, softmax))
        return Alignment(neuron, TokenKind(side), concept, aligner, a, z, p, q, rank, softmax, bank_size, n)
    except ValueError as error:
        raise damaged(f"The alignment of neuron {neuron}") from error
