"""What all annotators share, as the events say it: the newest value by (clock, id) counts, whoever set it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from studio.domain.annotation import PROJECT, PROJECT_FIELDS, SHARED, EventKind
from studio.domain.shared import (
    Assignment,
    Comment,
    Final,
    Gold,
    Guidelines,
    Policy,
    Reveal,
    Shared,
    assignment_of,
    final_of,
    gold_of,
    policy_of,
)
from studio.storage.blobs import damaged
from studio.storage.database import Database, Row
from studio.storage.event_codec import IS_ACT, load_object, load_seen
from studio.storage.label_fold import make_label

_Value = TypeVar("_Value")


class SharedEvents:
    """Readers of shared fields, discussion and reveals; `Events` adds the rest."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def shared(self, neuron: int) -> Shared:
        """What all annotators share about one neuron."""
        found = self.shared_values(neuron)
        return Shared(
            _parsed(neuron, final_of, found["final"]),
            _parsed(neuron, gold_of, found["gold"]),
            _parsed(neuron, assignment_of, found["assigned"]),
        )

    def shared_values(self, neuron: int) -> dict[str, Any]:
        """The JSON value of every shared field at a neuron, or at `PROJECT`; None where nobody set one."""
        names = PROJECT_FIELDS if neuron == PROJECT else SHARED
        found: dict[str, Any] = dict.fromkeys(names)
        sql = f"SELECT new FROM event WHERE neuron=? AND {IS_ACT} ORDER BY clock, id"
        for (new,) in self._db.rows(sql, (neuron,)):
            found.update((name, value) for name, value in load_object(new).items() if name in names)
        return found

    def finals(self) -> dict[int, Final]:
        """The adjudicated labels by neuron."""
        return self._all("final", final_of)

    def golds(self) -> dict[int, Gold]:
        """The gold neurons and what is true of them."""
        return self._all("gold", gold_of)

    def assignments(self) -> dict[int, Assignment]:
        """Who is to review which neuron."""
        return self._all("assigned", assignment_of)

    def policy(self) -> Policy:
        """How this project is reviewed."""
        found = _parsed(PROJECT, policy_of, self.shared_values(PROJECT)["policy"])
        return Policy() if found is None else found

    def guidelines(self) -> list[Guidelines]:
        """Every version of the guidelines, oldest first; the last one holds."""
        return [
            Guidelines(str(value or ""), who, at)
            for neuron, who, at, value in self._set("guidelines")
            if neuron == PROJECT
        ]

    def comments(self, neuron: int | None = None) -> list[Comment]:
        """The discussion of one neuron or of all, oldest first."""
        rows = self._of_kind(EventKind.COMMENT, neuron)
        return [
            Comment(identifier, at_neuron, who, at, str(load_object(new).get("comment", "")))
            for identifier, at_neuron, who, at, _old, new, _seen in rows
        ]

    def reveals(self, neuron: int | None = None, annotator: str | None = None) -> list[Reveal]:
        """What was uncovered for whom, oldest first."""
        rows = self._of_kind(EventKind.REVEAL, neuron)
        return [_reveal(row) for row in rows if annotator in (None, row[2])]

    def _of_kind(self, kind: EventKind, neuron: int | None) -> list[Row]:
        where, values = ("", ()) if neuron is None else (" AND neuron=?", (neuron,))
        sql = f"SELECT id, neuron, annotator, at, old, new, seen FROM event WHERE kind=?{where}"
        return self._db.rows(f"{sql} ORDER BY clock, id", (str(kind), *values))

    def _all(self, field: str, parse: Callable[[Any], _Value | None]) -> dict[int, _Value]:
        newest = {neuron: value for neuron, _who, _at, value in self._set(field) if neuron != PROJECT}
        found = {neuron: _parsed(neuron, parse, value) for neuron, value in newest.items()}
        return {neuron: value for neuron, value in sorted(found.items()) if value is not None}

    def _set(self, field: str) -> list[tuple[int, str, str, Any]]:
        """(neuron, annotator, at, value) of each act that set a field, in the order that counts.

        SQLite looks for `"field":` in the text first; within a JSON string the quote would be escaped.
        """
        sql = f"SELECT neuron, annotator, at, new FROM event WHERE instr(new, ?) AND {IS_ACT}"
        rows = self._db.rows(f"{sql} ORDER BY clock, id", (f'"{field}":',))
        found = ((neuron, who, at, load_object(new)) for neuron, who, at, new in rows)
        return [(neuron, who, at, new[field]) for neuron, who, at, new in found if field in new]


def _parsed(neuron: int, parse: Callable[[Any], _Value | None], value: Any) -> _Value | None:
    try:
        return parse(value)
    except (KeyError, TypeError, ValueError) as error:
        raise damaged(f"What is shared about neuron {neuron}") from error


def _reveal(row: Row) -> Reveal:
    identifier, neuron, annotator, at, old, new, seen = row
    label = make_label(annotator, neuron, load_object(old))
    shown: Mapping[str, Any] = load_object(new)
    try:
        names = tuple(str(name) for name in shown.get("reveal", ()))
        return Reveal(identifier, neuron, annotator, at, names, label, load_seen(load_object(seen)))
    except (KeyError, TypeError, ValueError) as error:
        raise damaged(f"A reveal of neuron {neuron}") from error
