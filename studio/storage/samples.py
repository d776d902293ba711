"""Samples as kept for review. Samples of one size share their token geometry, which is kept once."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.domain.evidence import KeptPicture, StoredSample, with_pictures
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
        body, first = _pack_text(sample), sample.showing(0)
        with self._db.transaction():
            geometry = self._geometry_row(sample)
            self._db.execute(
                "INSERT OR REPLACE INTO sample(id, picture, geometry, width, height, body) "
                "VALUES(?, ?, ?, ?, ?, ?)",
                (sample.id, first.picture, geometry, first.width, first.height, body),
            )
            self._db.execute("DELETE FROM sample_picture WHERE sample=?", (sample.id,))
            more = enumerate(sample.all_pictures[1:], 1)
            self._db.executemany(
                "INSERT INTO sample_picture(sample, place, picture, width, height, first) "
                "VALUES(?, ?, ?, ?, ?, ?)",
                ((sample.id, place, p.row, p.width, p.height, p.first) for place, p in more),
            )

    def get(self, ids: Iterable[str]) -> dict[str, StoredSample]:
        """The samples of these ids that are there, by id. Their arrays are read-only."""
        wanted = list(dict.fromkeys(ids))
        found: dict[str, StoredSample] = {}
        for start in range(0, len(wanted), _CHUNK):
            some = wanted[start : start + _CHUNK]
            marks = ",".join("?" * len(some))
            sql = f"SELECT id, picture, geometry, width, height, body FROM sample WHERE id IN ({marks})"
            more = self._more_pictures(some)
            found |= {row[0]: self._sample(row, more.get(row[0], [])) for row in self._db.rows(sql, some)}
        return found

    def _more_pictures(self, ids: Sequence[str]) -> dict[str, list[KeptPicture]]:
        """All pictures after the first of these samples, by id; in their order."""
        marks = ",".join("?" * len(ids))
        sql = (
            "SELECT sample, picture, width, height, first FROM sample_picture "
            f"WHERE sample IN ({marks}) ORDER BY sample, place"
        )
        found: dict[str, list[KeptPicture]] = {}
        for name, *numbers in self._db.rows(sql, ids):
            found.setdefault(name, []).append(KeptPicture(*numbers))
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
            self._db.execute("DELETE FROM sample_picture WHERE sample NOT IN (SELECT id FROM sample)")
            self._geometries.clear()

    def count(self) -> int:
        """How many samples are kept."""
        return int(self._db.value("SELECT count(*) FROM sample"))

    def _geometry_row(self, sample: StoredSample) -> int:
        every = sample.boxes if sample.several is None else sample.several.boxes
        boxes = np.ascontiguousarray(every, "<f4")
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

    def _sample(self, row: tuple[Any, ...], more: Sequence[KeptPicture]) -> StoredSample:
        identifier, picture, geometry, width, height, body = row
        boxes, views = self._geometry(geometry)
        turns, tokens, roles = _unpack_text(identifier, body)
        sample = StoredSample(identifier, turns, tokens, roles, picture, width, height, boxes, views)
        if not more:
            return sample
        places = [p.first for p in more]
        if picture is None or places != sorted(places) or not 0 <= places[0] <= places[-1] <= len(boxes):
            raise damaged(f"The list of pictures of sample {identifier}")
        return with_pictures(sample, (KeptPicture(picture, width, height, 0), *more))


def _pack_text(sample: StoredSample) -> bytes:
    turns = [[turn.role, turn.text, *([turn.pictures] if turn.pictures else [])] for turn in sample.turns]
    text = json.dumps([turns, list(sample.tokens), list(sample.roles)], ensure_ascii=True)
    return zlib.compress(text.encode(), 1)


def _unpack_text(identifier: str, body: bytes) -> tuple[tuple[Turn, ...], tuple[str, ...], tuple[str, ...]]:
    try:
        turns, tokens, roles = json.loads(inflate(body, MAX_TEXT))
        return tuple(_turn(*turn) for turn in turns), _strings(tokens), _strings(roles)
    except (ValueError, TypeError, zlib.error, RecursionError) as error:
        raise damaged(f"Sample {identifier}") from error


def _turn(role: Any, text: Any, pictures: Any = ()) -> Turn:
    places = tuple(int(place) for place in pictures)
    if any(not 0 <= place <= len(text) for place in places) or list(places) != sorted(places):
        raise ValueError("not places in the text")
    return Turn(str(role), str(text), places)


def _strings(items: Any) -> tuple[str, ...]:
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        raise TypeError("not a list of strings")
    return tuple(items)
