"""The automatic class of each neuron."""

from __future__ import annotations

import json
from collections.abc import Iterable
from math import nan

from studio.domain.concept import Verdict
from studio.domain.modality import Modality
from studio.storage.blobs import damaged
from studio.storage.database import Database, Row

_COLUMNS = "neuron, concept, modality, score, q, image_share, mass_modality, flagged, causal"


class Verdicts:
    """One row a neuron."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def write(self, verdicts: Iterable[Verdict]) -> None:
        """Keep verdicts; those of the same neurons are replaced."""
        sql = f"INSERT OR REPLACE INTO verdict({_COLUMNS}) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)"
        rows = (
            (
                *(v.neuron, v.concept, v.modality.value, float(v.score), float(v.q)),
                *(float(v.image_share), v.mass_modality.value, int(v.flagged), json.dumps(v.causal)),
            )
            for v in verdicts
        )
        with self._db.transaction():
            self._db.executemany(sql, rows)

    def all(self) -> list[Verdict]:
        """Every verdict, by neuron."""
        return [_verdict(row) for row in self._db.rows(f"SELECT {_COLUMNS} FROM verdict ORDER BY neuron")]

    def get(self, neuron: int) -> Verdict | None:
        """The verdict on one neuron, or None when it was not scored."""
        row = self._db.row(f"SELECT {_COLUMNS} FROM verdict WHERE neuron=?", (neuron,))
        return None if row is None else _verdict(row)

    def table(self) -> list[Row]:
        """(neuron, concept, modality, score, q, image_share, flagged) of all, as stored, for long lists."""
        return self._db.rows("SELECT neuron, concept, modality, score, q, image_share, flagged FROM verdict")

    def count(self) -> int:
        """How many neurons have a verdict."""
        return int(self._db.value("SELECT count(*) FROM verdict"))

    def classes(self) -> dict[Modality, int]:
        """How many neurons each class has."""
        counts = dict.fromkeys(Modality, 0)
        for name, count in self._db.rows("SELECT modality, count(*) FROM verdict GROUP BY modality"):
            try:
                counts[Modality(name)] += count
            except ValueError as error:
                raise damaged("The class of a neuron") from error
        return counts


def _verdict(row: Row) -> Verdict:
    neuron, concept, modality, score, q, share, mass, flagged, causal = row
    try:
        score, q, share = (nan if value is None else value for value in (score, q, share))
        lines = {str(name): float(value) for name, value in json.loads(causal).items()}
        return Verdict(
            neuron, concept, Modality(modality), score, q, share, Modality(mass), bool(flagged), lines
        )
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise damaged(f"The verdict on neuron {neuron}") from error
