"""Annotations as append-only, content-addressed events.

An event's id is the SHA-256 of all its other fields, `previous` included: the id of the newest event in
the file when it was written. Events of copies that were merged form a graph, so that their union needs no
rewriting, and a changed or missing event shows in `verify`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from studio.domain.annotation import Event, EventKind, Label, Seen
from studio.storage.database import AMONG
from studio.storage.event_chain import EventChain
from studio.storage.event_codec import (
    COLUMNS,
    IS_ACT,
    MAX_CLOCK,
    event_row,
    load_object,
    row_event,
    sealed,
)
from studio.storage.label_fold import fold

_INSERT = f"INSERT OR IGNORE INTO event({COLUMNS}) VALUES({', '.join('?' * 13)})"


class Events(EventChain):
    """All acts of all annotators. Nothing is ever changed or removed."""

    def append(
        self,
        annotator: str,
        neuron: int,
        new: Mapping[str, Any],
        *,
        old: Mapping[str, Any],
        kind: EventKind = EventKind.SET,
        group: str,
        target: str = "",
        title: str = "",
        seen: Seen | None = None,
    ) -> Event:
        """Write one act as the newest event and return it. It is on the disk once its transaction ends."""
        rows = [(neuron, new, old, seen or Seen())]
        return self.append_many(annotator, rows, kind=kind, group=group, target=target, title=title)[0]

    def append_many(
        self,
        annotator: str,
        rows: Iterable[tuple[int, Mapping[str, Any], Mapping[str, Any], Seen]],
        *,
        kind: EventKind = EventKind.SET,
        group: str,
        target: str = "",
        title: str = "",
    ) -> list[Event]:
        """Write one act on several neurons, (neuron, new, old, seen) each, one event after another."""
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        made: list[Event] = []
        written: list[tuple[Any, ...]] = []
        with self._db.transaction():
            first, clock = previous, _ = self._newest()
            for neuron, new, old, seen in rows:
                clock += 1
                draft = Event(
                    "", previous, clock, at, annotator, neuron, kind, group, target, title,
                    dict(old), dict(new), seen,
                )  # fmt: skip
                event, row = sealed(draft)
                made.append(event)
                written.append(row)
                previous = event.id
            self._db.executemany(_INSERT, written)
            if made:
                heads = [head for head in self.heads() if head != first]
                self._meta.set("heads", [*heads, previous])
        return made

    def unite(self, events: Iterable[Event]) -> list[Event]:
        """Add events of a copy that are not here yet, unchanged; returns those that were new."""
        with self._db.transaction():
            fresh = self.missing(events)
            self._db.executemany(_INSERT, (event_row(event) for event in fresh))
            if fresh:
                self._meta.set("heads", self._computed_heads())
        return fresh

    def missing(self, events: Iterable[Event]) -> list[Event]:
        """Those of the events that are not here."""
        known = {row[0] for row in self._db.rows("SELECT id FROM event")}
        return [event for event in events if event.id not in known]

    def of(self, neuron: int) -> list[Event]:
        """The history of one neuron, oldest first."""
        sql = f"SELECT {COLUMNS} FROM event WHERE neuron=? ORDER BY clock, id"
        return [row_event(row) for row in self._db.rows(sql, (neuron,))]

    def some(self, neurons: Iterable[int]) -> list[Event]:
        """The histories of some neurons, by neuron, each oldest first, in one query."""
        sql = f"SELECT {COLUMNS} FROM event WHERE {AMONG} ORDER BY neuron, clock, id"
        return [row_event(row) for row in self._db.among(sql, neurons)]

    def of_group(self, group: str) -> list[Event]:
        """The events of one act, oldest first."""
        sql = f"SELECT {COLUMNS} FROM event WHERE act=? ORDER BY clock, id"
        return [row_event(row) for row in self._db.rows(sql, (group,))]

    def backwards(self, annotator: str) -> Iterator[tuple[EventKind, str, str, str]]:
        """(kind, group, target, title) of one annotator's acts, newest first."""
        sql = (
            f"SELECT kind, act, target, title FROM event WHERE annotator=? AND {IS_ACT} "
            "ORDER BY clock DESC, id DESC"
        )
        for kind, group, target, title in self._db.execute(sql, (annotator,)):
            yield EventKind(kind), group, target, title

    def newest_row(self) -> int:
        """The row of the event that came into this file last, whenever it was written; 0 without any."""
        return int(self._db.value("SELECT max(rowid) FROM event") or 0)

    def wrote_after(self, row: int) -> list[tuple[int, str]]:
        """(neuron, annotator) of the notes and comments that came into this file after `row`."""
        sql = (
            "SELECT DISTINCT neuron, annotator FROM event WHERE rowid>? "
            """AND (instr(new, '"note":') OR instr(new, '"comment":'))"""
        )
        return [(neuron, annotator) for neuron, annotator in self._db.rows(sql, (row,))]

    def count(self) -> int:
        """How many events there are."""
        return int(self._db.value("SELECT count(*) FROM event"))

    def annotators(self) -> list[str]:
        """Everybody who has annotated, by name."""
        return [row[0] for row in self._db.rows("SELECT DISTINCT annotator FROM event ORDER BY annotator")]

    def labels(self, annotator: str | None = None) -> list[Label]:
        """The current labels, of one annotator or of all, by annotator and neuron."""
        where, values = ("", ()) if annotator is None else (" AND annotator=?", (annotator,))
        sql = f"SELECT annotator, neuron, new FROM event WHERE {IS_ACT}{where} ORDER BY clock, id"
        return fold((who, neuron, load_object(new)) for who, neuron, new in self._db.rows(sql, values))

    def label(self, annotator: str, neuron: int) -> Label:
        """The current label of one annotator on one neuron; an empty one when there is none."""
        sql = (
            f"SELECT annotator, neuron, new FROM event WHERE neuron=? AND annotator=? AND {IS_ACT} "
            "ORDER BY clock, id"
        )
        rows = self._db.rows(sql, (neuron, annotator))
        found = fold((who, which, load_object(new)) for who, which, new in rows)
        return found[0] if found else Label(neuron, annotator)

    def _newest(self) -> tuple[str, int]:
        row = self._db.row("SELECT id, clock FROM event ORDER BY clock DESC, id DESC LIMIT 1")
        return ("", 0) if row is None else (row[0], min(row[1], MAX_CLOCK))
