"""Samples as kept for review. Samples of one size share their token geometry, which is kept once."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.domain.evidence import StoredSample
from studio.domain.sample import Turn
from studio.storage.blobs import damaged, inflate, pack, unpack
from studio.storage.database import Database

#: Largest text of one sample, in bytes of JSON.
MAX_TEXT = 64 * 1024 * 1024
_CHUNK = 500
Geometry = tuple[NDArray[np.float32], NDArray[np.uint8]]


class Samples:
    """Samples by id."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._geometries: dict[int, Geometry] = {}
        database.after_rollback(self._geometries.clear)

    def add(self, sample: StoredSample) -> None:
        """Keep a sample; one of the same id is replaced."""
        body = _pack_text(sample)
        with self._db.transaction():
            geometry = self._geometry_row(sample)
            self._db.execute(
                "INSERT OR REPLACE INTO sample(id, picture, geometry, width, height, body) "
                "VALUES(?, ?, ?, ?, ?, ?)",
                (sample.id, sample.picture, geometry, sample.width, sample.height, body),
            )

    def get(self, ids: Iterable[str]) -> dict[str, StoredSample]:
        """The samples of these ids that are there, by id. Their arrays are read-only."""
        wanted = list(dict.fromkeys(ids))
        found: dict[str, StoredSample] = {}
        for start in range(0, len(wanted), _CHUNK):
            some = wanted[start : start + _CHUNK]
            marks = ",".join("?" * len(some))
            sql = f"SELECT id, picture, geometry, width, height, body FROM sample WHERE id IN ({marks})"
            found |= {row[0]: self._sample(row) for row in self._db.rows(sql, some)}
        return found

    def tokens(self, ids: Iterable[str]) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
        """Display tokens of these samples and the turn of each, by id, without reading any geometry."""
        wanted = list(dict.fromkeys(ids))
        found: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}
        for start in range(0, len(wanted), _CHUNK):
            some = wanted[start : start + _CHUNK]
            sql = f"SELECT id, body FROM sample WHERE id IN ({','.join('?' * len(some))})"
            found |= {name: _unpack_text(name, body)[1:] for name, body in self._db.rows(sql, some)}
        return found

    def ids(self) -> list[str]:
        """All ids, in order."""
        return [row[0] for row in self._db.rows("SELECT id FROM sample ORDER BY id")]

    def keep_only(self, ids: Iterable[str]) -> None:
        """Remove every sample that is not named, and geometries that none has any more."""
        with self._db.transaction():
            gone = set(self.ids()) - set(ids)
            self._db.executemany("DELETE FROM sample WHERE id=?", ((identifier,) for identifier in gone))
            self._db.execute("DELETE FROM geometry WHERE row NOT IN (SELECT geometry FROM sample)")
            self._geometries.clear()

    def count(self) -> int:
        """How many samples are kept."""
        return int(self._db.value("SELECT count(*) FROM sample"))

    def _geometry_row(self, sample: StoredSample) -> int:
        boxes = np.ascontiguousarray(sample.boxes, "<f4")
        views = np.ascontiguousarray(sample.views, np.uint8)
        digest = hashlib.sha256(boxes.tobytes() + views.tobytes()).hexdigest()
        found = self._db.value("SELECT row FROM geometry WHERE sha256=?", (digest,))
        if found is not None:
            return int(found)
        sql = "INSERT INTO geometry(sha256, body) VALUES(?, ?)"
        return int(self._db.execute(sql, (digest, pack([boxes, views]))).lastrowid or 0)

    def _geometry(self, row: int) -> Geometry:
        if row not in self._geometries:
            body = self._db.value("SELECT body FROM geometry WHERE row=?", (row,))
            if body is None:
                raise damaged(f"The token geometry {row}")
            boxes, views = unpack(body, 2, f"The token geometry {row}")
            if len(self._geometries) >= 256:
                self._geometries.clear()
            self._geometries[row] = (boxes, views)
        return self._geometries[row]

    def _sample(self, row: tuple[Any, ...]) -> StoredSample:
        identifier, picture, geometry, width, height, body = row
        boxes, views = self._geometry(geometry)
        turns, tokens, roles = _unpack_text(identifier, body)
        return StoredSample(identifier, turns, tokens, roles, picture, width, height, boxes, views)


def _pack_text(sample: StoredSample) -> bytes:
    turns = [[turn.role, turn.text] for turn in sample.turns]
    text = json.dumps([turns, list(sample.tokens), list(sample.roles)], ensure_ascii=True)
    return zlib.compress(text.encode(), 1)


def _unpack_text(identifier: str, body: bytes) -> tuple[tuple[Turn, ...], tuple[str, ...], tuple[str, ...]]:
    try:
        turns, tokens, roles = json.loads(inflate(body, MAX_TEXT))
        return tuple(Turn(str(r), str(t)) for r, t in turns), _strings(tokens), _strings(roles)
    except (ValueError, TypeError, zlib.error, RecursionError) as error:
        raise damaged(f"Sample {identifier}") from error


def _strings(items: Any) -> tuple[str, ...]:
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        raise TypeError("not a list of strings")
    return tuple(items)
