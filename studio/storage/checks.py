"""Whether a file is a project this version may open. Every answer is a sentence."""

from __future__ import annotations

import sqlite3
import stat
import struct
import time
from pathlib import Path

from studio.domain.errors import NewerProjectError, NotAProjectError, ProjectError
from studio.storage.database import Database
from studio.storage.failures import as_user_error
from studio.storage.schema import APPLICATION_ID, FINGERPRINTS, VERSION, fingerprint

#: Files up to this size get SQLite's full check, up to the next its quick one; larger ones are checked
#: table by table without the large ones, whose blobs carry checksums that every read compares.
FULL_CHECK = 64 * 1024 * 1024
QUICK_CHECK = 256 * 1024 * 1024
SMALL_TABLES = ("meta", "event", "verdict", "proposal", "score", "run", "neuron_column")
#: A check that takes longer was made to; in seconds.
CHECK_LIMIT = 60.0


def read_header(path: Path) -> int:
    """The schema version, from the file's first 100 bytes, without SQLite.

    Raises `NotAProjectError` for anything else than a project, `NewerProjectError` for one of a later
    version, whose bytes are left alone, and `ProjectError` when there is no such file.
    """
    head = _first_bytes(path)
    if len(head) < 100 or not head.startswith(b"SQLite format 3\0"):
        raise NotAProjectError(
            f"{path.name} is no Concept Studio project. Choose a file that ends in .cstudio."
        )
    version: int = struct.unpack(">I", head[60:64])[0]
    application: int = struct.unpack(">I", head[68:72])[0]
    if application != APPLICATION_ID:
        raise NotAProjectError(
            f"{path.name} belongs to another program. Choose a file that Concept Studio has made."
        )
    if version > VERSION:
        raise NewerProjectError(
            f"{path.name} was written by a newer Concept Studio (file version {version}, this one reads up "
            f"to {VERSION}). It was left as it is. Install the newer version to open it."
        )
    if version < 1:
        raise damaged_file(path)
    return version


def is_project(path: Path) -> bool:
    """Whether a file is a project of this version, an older or a newer one, by its header."""
    try:
        read_header(path)
    except NewerProjectError:
        return True
    except ProjectError:
        return False
    return True


def check_schema(database: Database, version: int) -> None:
    """Refuse a file whose tables, views and triggers are not exactly those of its version."""
    with bounded(database.connection):
        try:
            found = fingerprint(database.connection)
        except sqlite3.Error as error:
            raise as_user_error(error, database.path.name) or damaged_file(database.path) from error
    if found != FINGERPRINTS[version]:
        raise NotAProjectError(
            f"{database.path.name} has other tables than a Concept Studio project. It was not opened."
        )


def check_integrity(database: Database) -> None:
    """SQLite's own check, as thorough as the size allows. Raises `NotAProjectError`."""
    size = database.path.stat().st_size
    if size <= FULL_CHECK:
        checks = ["integrity_check(1)"]
    elif size <= QUICK_CHECK:
        checks = ["quick_check(1)"]
    else:
        checks = [f"quick_check({table})" for table in SMALL_TABLES]
    with bounded(database.connection):
        for check in checks:
            try:
                found = database.connection.execute(f"PRAGMA {check}").fetchall()
            except sqlite3.DatabaseError as error:
                raise damaged_file(database.path) from error
            if found != [("ok",)]:
                raise damaged_file(database.path)


class bounded:  # noqa: N801 - reads as a statement: with bounded(connection)
    """Interrupt statements on a connection after `CHECK_LIMIT` seconds."""

    def __init__(self, connection: sqlite3.Connection, seconds: float = CHECK_LIMIT) -> None:
        self._connection = connection
        self._seconds = seconds

    def __enter__(self) -> None:
        end = time.monotonic() + self._seconds
        self._connection.set_progress_handler(lambda: int(time.monotonic() > end), 100_000)

    def __exit__(self, *_: object) -> None:
        self._connection.set_progress_handler(None, 0)


def damaged_file(path: Path) -> NotAProjectError:
    """The sentence for a project that is broken."""
    return NotAProjectError(
        f"{path.name} is damaged and was not opened. Its backups are in the folder {path.stem}.backups; "
        "open the newest one that works."
    )


def _first_bytes(path: Path) -> bytes:
    """Of a regular file only: reading a pipe would wait for ever."""
    name = path.name or str(path)
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise NotAProjectError(f"{name} is a folder. Choose a project file, NAME.cstudio.")
        if not stat.S_ISREG(mode):
            raise NotAProjectError(f"{name} is a pipe or a device. Choose a project file, NAME.cstudio.")
        with path.open("rb") as file:
            return file.read(100)
    except FileNotFoundError as error:
        raise ProjectError(f"There is no file {path}. Check the name.") from error
    except OSError as error:
        raise ProjectError(f"{name} could not be read ({error.strerror}).") from error
