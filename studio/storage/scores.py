"""What scorers found out about neurons and their concepts."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from studio.domain.modality import TokenKind
from studio.domain.score import Score
from studio.storage.blobs import damaged
from studio.storage.database import Database, Row

_COLUMNS = "neuron, side, scorer, concept, value, low, high, n, details"


class Scores:
    """One row for each neuron, side, scorer and concept."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def write(self, scores: Iterable[Score]) -> None:
        """Keep scores; those of the same neuron, side, scorer and concept are replaced."""
        sql = f"INSERT OR REPLACE INTO score({_COLUMNS}) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)"
        with self._db.transaction():
            self._db.executemany(sql, (_row(score) for score in scores))

    def all(self) -> list[Score]:
        """Every score, by neuron."""
        sql = f"SELECT {_COLUMNS} FROM score ORDER BY neuron, side, scorer, concept"
        return [_score(row) for row in self._db.rows(sql)]

    def of(self, neuron: int) -> list[Score]:
        """The scores of one neuron."""
        sql = f"SELECT {_COLUMNS} FROM score WHERE neuron=? ORDER BY side, scorer, concept"
        return [_score(row) for row in self._db.rows(sql, (neuron,))]

    def highest(self) -> list[Row]:
        """(scorer, neuron, value): the highest value of each neuron over sides and concepts."""
        sql = "SELECT scorer, neuron, max(value) FROM score WHERE value IS NOT NULL GROUP BY scorer, neuron"
        return self._db.rows(sql)

    def scorers(self) -> list[str]:
        """The scorers there are scores of."""
        return [row[0] for row in self._db.rows("SELECT DISTINCT scorer FROM score ORDER BY scorer")]


def _row(s: Score) -> tuple[Any, ...]:
    numbers = [None if x is None else float(x) for x in (s.value, s.low, s.high)]
    return (s.neuron, s.side.value, s.scorer, s.concept, *numbers, int(s.n), json.dumps(s.details))


def _score(row: Row) -> Score:
    neuron, side, scorer, concept, value, low, high, n, details = row
    try:
        found = dict(json.loads(details))
        return Score(neuron, TokenKind(side), scorer, concept, value, low, high, n, found)
    except (ValueError, TypeError, RecursionError) as error:
        raise damaged(f"The score of neuron {neuron}") from error
