"""The chain of hashes: whether every annotation is as it was written, and none is missing.

SQLite's own checks pass over half of all flipped bits, which change a label all the same.
"""

from __future__ import annotations

from collections.abc import Iterable

from studio.domain.annotation import Event
from studio.storage.database import Database
from studio.storage.event_codec import COLUMNS, event_id, hash_of, row_event
from studio.storage.meta import Meta
from studio.storage.shared_events import SharedEvents

NOT_LAST = "The newest annotations are not the ones that were recorded last."


class EventChain(SharedEvents):
    """Every event names the one before it by its hash; `heads` are those that no other follows."""

    def __init__(self, database: Database, meta: Meta) -> None:
        super().__init__(database)
        self._meta = meta

    def all(self) -> list[Event]:
        """Every event, in the order that counts: by (clock, id)."""
        return [row_event(row) for row in self._db.rows(f"SELECT {COLUMNS} FROM event ORDER BY clock, id")]

    def heads(self) -> list[str]:
        """Ids of the events that no other follows, as recorded."""
        heads = self._meta.get("heads", [])
        return [str(head) for head in heads] if isinstance(heads, list) else []

    def left_out(self) -> frozenset[str]:
        """Ids of events that come before one that is here, and were kept from this copy on purpose."""
        found = self._meta.get("left_out", [])
        return frozenset(str(one) for one in found) if isinstance(found, list) else frozenset()

    def note_left_out(self, ids: frozenset[str]) -> None:
        """Add to `left_out`; those that are here by now are left out no longer."""
        known = {row[0] for row in self._db.rows("SELECT id FROM event")}
        self._meta.set("left_out", sorted((self.left_out() | ids) - known))

    def forget_heads(self) -> None:
        """Record the newest events anew, after some were left out of a copy."""
        self._meta.set("heads", self._computed_heads())

    def verify(self, read: Iterable[Event] | None = None) -> list[str]:
        """Sentences that name what is damaged; empty when every event is as it was written. `read` are all
        events, where they were read already."""
        events = {event.id: event for event in (self.all() if read is None else read)}
        left_out = self.left_out()
        problems = [_changed(e.neuron, e.annotator, e.at) for e in events.values() if event_id(e) != e.id]
        problems += [
            _orphan(e.neuron, e.annotator, e.at)
            for e in events.values()
            if e.previous and e.previous not in events and e.previous not in left_out
        ]
        return problems + self._lost_heads()

    def verify_part(self, after: int, count: int) -> tuple[int | None, int, list[str]]:
        """`verify` bit by bit: the hashes of `count` events after row `after`. The last row that was looked
        at (None: there are no more), how many there were, and what is damaged."""
        sql = f"SELECT rowid, {COLUMNS} FROM event WHERE rowid>? ORDER BY rowid LIMIT ?"
        rows = self._db.rows(sql, (after, count))
        found = [values for _row, identifier, *values in rows if hash_of(values) != identifier]
        problems = [_changed(neuron, who, at) for _previous, _clock, at, who, neuron, *_rest in found]
        return (rows[-1][0] if rows else None), len(rows), problems

    def verify_links(self) -> list[str]:
        """The other half of `verify`: what came before an event and is missing, and the newest ones."""
        sql = (
            "SELECT previous, neuron, annotator, at FROM event AS e WHERE previous <> '' "
            "AND NOT EXISTS (SELECT 1 FROM event WHERE id = e.previous)"
        )
        left_out = self.left_out()
        missing = [_orphan(*row) for previous, *row in self._db.rows(sql) if previous not in left_out]
        return missing + self._lost_heads()

    def _lost_heads(self) -> list[str]:
        return [] if sorted(self.heads()) == sorted(self._computed_heads()) else [NOT_LAST]

    def _computed_heads(self) -> list[str]:
        sql = "SELECT id FROM event WHERE id NOT IN (SELECT previous FROM event) ORDER BY id"
        return [row[0] for row in self._db.rows(sql)]


def _changed(neuron: int, annotator: str, at: str) -> str:
    return f"The annotation of neuron {neuron} by {annotator} at {at} was changed."


def _orphan(neuron: int, annotator: str, at: str) -> str:
    return f"What came before the annotation of neuron {neuron} by {annotator} at {at} is missing."
