"""The automatic class of each neuron."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from math import nan

import numpy as np
from numpy.typing import NDArray

from studio.domain.concept import Verdict
from studio.domain.modality import Modality
from studio.storage.blobs import damaged
from studio.storage.database import AMONG, Database, Row

_COLUMNS = "neuron, concept, modality, score, q, image_share, mass_modality, flagged, causal"
_TABLE = np.dtype([("neuron", "i8"), ("letter", "i4"), ("score", "f4"), ("q", "f4"), ("flagged", "i1")])


@dataclass(frozen=True, slots=True)
class VerdictColumns:
    """Row i is the i-th neuron that has a verdict: `neuron` int64, `modality` int8 (place in `Modality`),
    `score` and `q` float32 (NaN unknown), `flagged` bool, `concept` str or None."""

    neuron: NDArray[np.int64]
    modality: NDArray[np.int8]
    score: NDArray[np.float32]
    q: NDArray[np.float32]
    flagged: NDArray[np.bool_]
    concept: list[str | None]

    def first(self, n: int) -> VerdictColumns:
        """Those of the neurons 0 to n - 1."""
        low, high = (int(i) for i in np.searchsorted(self.neuron, [0, n]))
        return self._take(slice(low, high), self.concept[low:high])

    def where(self, chosen: NDArray[np.bool_]) -> VerdictColumns:
        """The rows that bool [n] `chosen` picks."""
        return self._take(chosen, [self.concept[i] for i in np.flatnonzero(chosen).tolist()])

    def _take(self, part: slice | NDArray[np.bool_], concept: list[str | None]) -> VerdictColumns:
        return VerdictColumns(
            self.neuron[part], self.modality[part], self.score[part], self.q[part], self.flagged[part],
            concept,
        )  # fmt: skip


_LINES = np.dtype(
    [("neuron", "i8"), ("mass", "i4"), ("blank_image", "f8"), ("blank_text", "f8"), ("sides", "i1")]
)
#: Bits of `OtherLines.sides`.
IMAGE_SIDE, TEXT_SIDE = 1, 2
_SIDES = ((IMAGE_SIDE, "image"), (TEXT_SIDE, "text"))


@dataclass(frozen=True, slots=True)
class OtherLines:
    """Lines 2 and 3 of the i-th neuron that has a verdict: `neuron` int64, `mass` int8 (place in `Modality`),
    `blank_image` and `blank_text` float64, the share of activation that stays on the side that loses most,
    NaN where not run; `sides` int8, the sides that were run, as bits."""

    neuron: NDArray[np.int64]
    mass: NDArray[np.int8]
    blank_image: NDArray[np.float64]
    blank_text: NDArray[np.float64]
    sides: NDArray[np.int8]


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

    def some(self, neurons: Iterable[int]) -> dict[int, Verdict]:
        """The verdicts on those of the neurons that were scored, in one query."""
        rows = self._db.among(f"SELECT {_COLUMNS} FROM verdict WHERE {AMONG}", neurons)
        return {row[0]: _verdict(row) for row in rows}

    def columns(self) -> VerdictColumns:
        """All verdicts as columns, by neuron: for lists of 131,072, where objects would take too long."""
        sql = (
            "SELECT neuron, unicode(modality), coalesce(score, 9e999), coalesce(q, 9e999), flagged "
            "FROM verdict ORDER BY neuron"
        )
        texts = "SELECT json_group_array(concept) FROM (SELECT concept FROM verdict ORDER BY neuron)"
        try:
            found = np.fromiter(self._db.execute(sql), _TABLE)
            concepts = json.loads(self._db.value(texts))
        except (ValueError, OverflowError, TypeError) as error:
            raise damaged("The classes of the neurons") from error
        for name in ("score", "q"):
            found[name][np.isinf(found[name])] = nan
        codes = _codes(found["letter"])
        return VerdictColumns(
            found["neuron"], codes, found["score"], found["q"], found["flagged"] != 0, concepts
        )

    def other_lines(self) -> OtherLines:
        """What speaks beside the alignment, as columns, by neuron."""
        stays = ", ".join(_least(name) for name in ("blank_image", "blank_text"))
        sides = " + ".join(f"{bit} * ({_run_on(side)})" for bit, side in _SIDES)
        sql = f"SELECT neuron, unicode(mass_modality), {stays}, {sides} FROM verdict ORDER BY neuron"
        try:
            found = np.fromiter(self._db.execute(sql), _LINES)
        except (ValueError, OverflowError, TypeError) as error:
            raise damaged("The classes of the neurons") from error
        for name in ("blank_image", "blank_text"):
            found[name][np.isinf(found[name])] = nan
        return OtherLines(
            found["neuron"], _codes(found["mass"]), found["blank_image"], found["blank_text"], found["sides"]
        )

    def reclass(self, columns: VerdictColumns) -> None:
        """Set class, headline, score, q and flag of verdicts that are there; the other lines stay."""
        names = [modality.value for modality in Modality]
        rows = zip(
            columns.concept,
            [names[code] for code in columns.modality.tolist()],
            columns.score.tolist(),
            columns.q.tolist(),
            columns.flagged.astype(int).tolist(),
            columns.neuron.tolist(),
            strict=True,
        )
        sql = "UPDATE verdict SET concept=?, modality=?, score=?, q=?, flagged=? WHERE neuron=?"
        with self._db.transaction():
            self._db.executemany(sql, rows)

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


def _least(intervention: str) -> str:
    """SQL for what stays on the side that loses most; over both sides where they were not kept apart."""
    image, text = (f"""causal ->> '$."{side}.{intervention}"'""" for side in ("image", "text"))
    rest = f"causal ->> '$.{intervention}', 9e999"
    return f"min(coalesce({image}, {text}, {rest}), coalesce({text}, {image}, {rest}))"


def _run_on(side: str) -> str:
    """SQL for whether the image was taken away and this side looked at."""
    return f"""causal ->> '$."{side}.blank_image"' IS NOT NULL"""


def _codes(letters: NDArray[np.int32]) -> NDArray[np.int8]:
    """Places in `Modality` from the code points of first letters, which differ."""
    known = np.full(128, -1, np.int8)
    for code, modality in enumerate(Modality):
        known[ord(modality.value[0])] = code
    codes = known[np.clip(letters, 0, 127)]
    if (codes < 0).any():
        raise damaged("The class of a neuron")
    return codes


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
