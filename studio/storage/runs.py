"""The runs behind the numbers: what was asked for, and what came out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from studio.domain.sample import Skipped
from studio.storage.blobs import damaged
from studio.storage.database import Database, Row

_COLUMNS = "id, kind, config, started, finished, summary"


@dataclass(frozen=True, slots=True)
class Run:
    """One run. `config` and `summary` are JSON; times are ISO 8601, UTC; unfinished runs have no summary."""

    id: str
    kind: str
    config: Mapping[str, Any]
    started: str
    finished: str | None
    summary: Mapping[str, Any] | None


class Runs:
    """All runs whose results are in the project."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def start(self, kind: str, config: Mapping[str, Any]) -> str:
        """Note that a run has begun; returns its id."""
        identifier = uuid4().hex
        self.write([Run(identifier, kind, config, _now(), None, None)])
        return identifier

    def finish(self, identifier: str, summary: Mapping[str, Any]) -> None:
        """Note what a run gave."""
        with self._db.transaction():
            self._db.execute(
                "UPDATE run SET finished=?, summary=? WHERE id=?", (_now(), _json(summary), identifier)
            )

    def write(self, runs: Iterable[Run]) -> None:
        """Keep runs as they are; those of the same id are replaced."""
        rows = (
            (r.id, r.kind, _json(r.config), r.started, r.finished, r.summary and _json(r.summary))
            for r in runs
        )
        with self._db.transaction():
            self._db.executemany(f"INSERT OR REPLACE INTO run({_COLUMNS}) VALUES(?, ?, ?, ?, ?, ?)", rows)

    def all(self) -> list[Run]:
        """Every run, oldest first."""
        return [_run(row) for row in self._db.rows(f"SELECT {_COLUMNS} FROM run ORDER BY started, rowid")]

    def last(self, kind: str) -> Run | None:
        """The newest run of a kind, or None."""
        sql = f"SELECT {_COLUMNS} FROM run WHERE kind=? ORDER BY started DESC, rowid DESC LIMIT 1"
        row = self._db.row(sql, (kind,))
        return None if row is None else _run(row)


class SkippedSamples:
    """Samples that were left out, each with the reason."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def write(self, skipped: Iterable[Skipped]) -> None:
        """Keep these; one of the same id is replaced."""
        with self._db.transaction():
            self._db.executemany(
                "INSERT OR REPLACE INTO skipped(id, reason) VALUES(?, ?)", ((s.id, s.reason) for s in skipped)
            )

    def all(self) -> list[Skipped]:
        """Every sample that was left out."""
        return [Skipped(*row) for row in self._db.rows("SELECT id, reason FROM skipped ORDER BY id")]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(dict(value), default=str)


def _run(row: Row) -> Run:
    identifier, kind, config, started, finished, summary = row
    try:
        result = None if summary is None else dict(json.loads(summary))
        return Run(identifier, kind, dict(json.loads(config)), started, finished, result)
    except (ValueError, TypeError, RecursionError) as error:
        raise damaged("The record of a run") from error
