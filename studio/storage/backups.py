"""Copies of a project made by SQLite's backup API, kept beside the file in NAME.backups and thinned."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from studio.domain.errors import DiskFullError, ProjectError
from studio.storage.database import Database
from studio.storage.failures import plain_failures

#: Seconds between two timed backups.
INTERVAL = 15 * 60
_STAMP = "%Y%m%d-%H%M%S-%f"


def folder_of(path: Path) -> Path:
    """Where the backups of a project are kept."""
    return path.with_name(f"{path.stem}.backups")


def copy(database: Database, target: Path) -> None:
    """Write a whole copy to `target`, which appears only when it is whole; replaces what is there.

    Raises `DiskFullError` when it does not fit, `ProjectError` when the folder cannot be written.
    """
    part = target.with_name(f".{target.name}.part")
    try:
        part.unlink(missing_ok=True)
        _check_room(database, target)
        with plain_failures(target.name):
            _copy_pages(database.connection, part)
        os.replace(part, target)
    except OSError as error:
        raise ProjectError(f"{target.name} could not be written ({error.strerror}).") from error
    finally:
        with suppress(OSError):  # a read-only folder refuses even this
            part.unlink(missing_ok=True)


def make(database: Database, reason: str) -> Path:
    """Make a backup now. `reason` ("migration", "merge", "timed") becomes part of its name."""
    folder = folder_of(database.path)
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise ProjectError(
            f"The folder {folder.name} could not be made ({error.strerror}). Copy {database.path.name} to a "
            "folder you can write to and open the copy."
        ) from error
    stamp = datetime.now(UTC).strftime(_STAMP)
    target = folder / f"{_short(database.path.stem)}-{stamp}-{reason}{database.path.suffix}"
    copy(database, target)
    thin(folder, spare=target)
    return target


def is_due(database: Database, now: float | None = None) -> bool:
    """Whether the newest backup is older than `INTERVAL` seconds, or there is none. One from the future says
    that the clock was set back: how old it is nobody knows."""
    found = listed(folder_of(database.path))
    newest = max((path.stat().st_mtime for path in found), default=0.0)
    age = (time.time() if now is None else now) - newest
    return age >= INTERVAL or age < 0


def listed(folder: Path) -> list[Path]:
    """The backups in a folder, oldest first."""
    return sorted((path for path in folder.glob("*-*-*-*") if made_at(path)), key=lambda p: p.name)


def made_at(path: Path) -> datetime | None:
    """When a backup was made, by its name; None for a file that is no backup."""
    parts = path.stem.rsplit("-", 4)
    try:
        return datetime.strptime("-".join(parts[1:4]), _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None


def thin(folder: Path, now: datetime | None = None, spare: Path | None = None) -> None:
    """Keep the newest five, one an hour of the last day, one a day of the last month, one a month before, and
    `spare`: after the clock was set back, the one just made looks old."""
    now = now or datetime.now(UTC)
    kept: set[str] = set()
    for place, path in enumerate(reversed(listed(folder))):
        made = made_at(path)
        if made is None or place < 5 or path == spare:
            continue
        slot = _slot(made, now - made)
        if slot in kept:
            path.unlink(missing_ok=True)
        kept.add(slot)


def _short(stem: str) -> str:
    """So much of a name that the backup's is not too long: 255 bytes, with its path 512 for SQLite."""
    return stem.encode("utf-8", "surrogateescape")[:100].decode("utf-8", "ignore")


def _slot(made: datetime, age: timedelta) -> str:
    if age < timedelta(days=1):
        return made.strftime("%Y%m%d-%H")
    return made.strftime("%Y%m%d") if age < timedelta(days=31) else made.strftime("%Y%m")


def _check_room(database: Database, target: Path) -> None:
    pages = database.value("PRAGMA page_count") * database.value("PRAGMA page_size")
    if shutil.disk_usage(target.parent).free < pages:
        raise DiskFullError(
            f"There is no room for a copy of {database.path.name} ({pages / 1e6:.0f} MB). "
            "Make room on the disk and try again."
        )


def _copy_pages(source: sqlite3.Connection, part: Path) -> None:
    target = sqlite3.connect(part, isolation_level=None)
    try:
        source.backup(target)
    finally:
        target.close()
    plain = sqlite3.connect(part, isolation_level=None)  # only a new connection sees the copied header
    try:
        plain.execute("PRAGMA journal_mode=DELETE").fetchall()
    finally:
        plain.close()
