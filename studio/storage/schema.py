"""The tables of a project file, as numbered migrations. `user_version` counts the ones applied.

Never change a migration that was released; append one, and its fingerprint.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from studio.storage import full_text

if TYPE_CHECKING:
    from sqlite_utils import Database

#: "CSTU": what `application_id` of a project file says.
APPLICATION_ID = 0x43535455

_LABEL_VIEW = """
select annotator, neuron, field, value from (
  select e.annotator, e.neuron, j.key as field, j.value as value, row_number() over (
    partition by e.annotator, e.neuron, j.key order by e.clock desc, e.id desc
  ) as place
  from event as e, json_each(e.new) as j
) where place = 1
"""


def _first(db: Database) -> None:
    _create_data(db)
    _create_concepts(db)
    _create_events(db)


def _create_data(db: Database) -> None:
    _table(db, "meta", {"key": str, "value": str}, "key")
    _table(db, "picture", {"row": int, "sha256": str, "width": int, "height": int, "jpeg": bytes}, "row")
    db["picture"].create_index(["sha256"], unique=True)  # type: ignore[union-attr]
    _table(db, "geometry", {"row": int, "sha256": str, "body": bytes}, "row")
    db["geometry"].create_index(["sha256"], unique=True)  # type: ignore[union-attr]
    sample = {"id": str, "picture": int, "geometry": int, "width": int, "height": int, "body": bytes}
    _table(db, "sample", sample, "id", nullable=("picture",))
    _table(db, "neuron_column", {"name": str, "body": bytes}, "name")
    _table(db, "histogram", {"first": int, "image": bytes, "text": bytes}, "first")
    _table(db, "evidence", {"neuron": int, "body": bytes}, "neuron")
    _table(db, "skipped", {"id": str, "reason": str}, "id")
    run = {"id": str, "kind": str, "config": str, "started": str, "finished": str, "summary": str}
    _table(db, "run", run, "id", nullable=("finished", "summary"))


def _create_concepts(db: Database) -> None:
    proposal = {"neuron": int, "side": str, "explainer": str, "concept": str, "category": str}
    proposal |= {"state": str, "raw": str, "candidates": str, "details": str}
    _table(db, "proposal", proposal, ("neuron", "side", "explainer"), nullable=("concept", "category"))
    alignment: dict[str, type] = {"neuron": int, "side": str, "concept": str, "aligner": str}
    alignment |= {"a": float, "z": float, "p": float, "q": float, "rank": int, "softmax": float}
    alignment |= {"bank_size": int, "n": int}
    _table(
        db, "alignment", alignment, ("neuron", "side", "concept", "aligner"),
        nullable=("a", "z", "p", "q", "softmax"),
    )  # fmt: skip
    verdict: dict[str, type] = {"neuron": int, "concept": str, "modality": str, "score": float, "q": float}
    verdict |= {"image_share": float, "mass_modality": str, "flagged": int, "causal": str}
    _table(db, "verdict", verdict, "neuron", nullable=("concept", "score", "q", "image_share"))


def _create_events(db: Database) -> None:
    event: dict[str, type] = {"id": str, "previous": str, "clock": int, "at": str, "annotator": str}
    event |= {"neuron": int, "kind": str, "act": str, "target": str, "title": str}
    event |= {"old": str, "new": str, "seen": str}
    _table(db, "event", event, "id")
    db["event"].create_index(["clock", "id"])  # type: ignore[union-attr]
    db["event"].create_index(["neuron", "annotator"])  # type: ignore[union-attr]
    db["event"].create_index(["annotator", "clock"])  # type: ignore[union-attr]
    db["event"].create_index(["act"])  # type: ignore[union-attr]
    for act in ("update", "delete"):
        db.execute(
            f"create trigger event_no_{act} before {act} on event "
            "begin select raise(abort, 'annotations are append-only'); end"
        )
    db.create_view("label", _LABEL_VIEW)


def _scores(db: Database) -> None:
    """What scorers found beside the alignment: detection, fuzzing, MonoSemanticity and the like."""
    score: dict[str, type] = {"neuron": int, "side": str, "scorer": str, "concept": str, "value": float}
    score |= {"low": float, "high": float, "n": int, "details": str}
    _table(db, "score", score, ("neuron", "side", "scorer", "concept"), nullable=("value", "low", "high"))


def _full_text(db: Database) -> None:
    """The search index. It is filled while a project is open."""
    for sql in full_text.TABLES:
        db.execute(sql)


def _more_pictures(db: Database) -> None:
    """Of samples with several pictures, all after the first, which `sample` itself names."""
    more: dict[str, type] = {"sample": str, "place": int, "picture": int, "width": int, "height": int}
    _table(db, "sample_picture", more | {"first": int}, ("sample", "place"))


def _table(
    db: Database,
    name: str,
    columns: Mapping[str, type],
    pk: str | tuple[str, ...],
    nullable: tuple[str, ...] = (),
) -> None:
    keys = (pk,) if isinstance(pk, str) else pk
    required = {c for c in columns if c not in nullable and (len(keys) > 1 or c not in keys)}
    db.create_table(name, dict(columns), pk=pk, not_null=required, column_order=list(columns), strict=True)


#: Migration i takes a file from version i to i + 1.
MIGRATIONS: tuple[Callable[[Database], None], ...] = (_first, _scores, _full_text, _more_pictures)
VERSION = len(MIGRATIONS)

#: What `fingerprint` gives for a sound file of each version; a test holds them equal to the migrations.
FINGERPRINTS: dict[int, str] = {
    1: "c965feaa1b3858a5f0e797108d88c8831d7c1320eef2edf7ae706eee6944f1fd",
    2: "e647bbf5c69e113c027a645476bf93abdfa949b8defd01c0e4001920967b1940",
    3: "f20ac52454bd46a65385acb2dd8813a5599b8bc118a6dc2ffcf9d49fa30fb804",
    4: "281d45993fca56891c2ec1106c0e61b99a8b11a3363ed796d2e59ac985c9b376",
}


def migrate(connection: sqlite3.Connection, version: int) -> None:
    """Apply the migrations after `version`, each in its own transaction. Nothing is half applied."""
    from sqlite_utils import Database  # a third of a second to import, needed only here

    for number in range(version, VERSION):
        connection.execute("BEGIN IMMEDIATE")
        try:
            MIGRATIONS[number](Database(connection))
            connection.execute(f"PRAGMA user_version={number + 1}")
            connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def fingerprint(connection: sqlite3.Connection) -> str:
    """SHA-256 of the schema with quoting and white space taken out, independent of the order of creation."""
    found = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema").fetchall()
    lines = [
        f"{kind} {name} {table} {_plain(sql or '')}"
        for kind, name, table, sql in found
        if not name.startswith("sqlite_autoindex_")
    ]
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def _plain(sql: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"[\"\[\]`]", "", sql)).strip().lower()
