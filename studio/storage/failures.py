"""Whose fault? SQLite's errors as sentences for a person, or as the bugs they are."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from studio.domain.errors import DiskFullError, NotAProjectError, ProjectError, ProjectInUseError

_SENTENCES: dict[int, tuple[type[ProjectError], str]] = {
    sqlite3.SQLITE_FULL: (
        DiskFullError,
        "There is no room left on the disk of {name}. Nothing was lost, but the last change was not saved. "
        "Make room and try again.",
    ),
    sqlite3.SQLITE_BUSY: (
        ProjectInUseError,
        "{name} is open in another window or program. Close it there and try again.",
    ),
    sqlite3.SQLITE_READONLY: (
        ProjectError,
        "{name} can only be read. Copy it to a folder you can write to and open the copy.",
    ),
    sqlite3.SQLITE_CORRUPT: (
        NotAProjectError,
        "{name} is damaged. Open a copy from the folder of its backups instead.",
    ),
    sqlite3.SQLITE_NOTADB: (
        NotAProjectError,
        "{name} is no Concept Studio project. Choose a file that ends in .cstudio.",
    ),
    sqlite3.SQLITE_IOERR: (
        ProjectError,
        "The disk of {name} could not be read or written. Check the disk or the network drive and try again.",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        ProjectError,
        "{name} could not be opened. Check that you may read and write its folder.",
    ),
    sqlite3.SQLITE_TOOBIG: (ProjectError, "A value is too large to be kept in {name}."),
    sqlite3.SQLITE_AUTH: (NotAProjectError, "{name} asks for something that no project may do."),
}
_SENTENCES[sqlite3.SQLITE_LOCKED] = _SENTENCES[sqlite3.SQLITE_BUSY]
_SENTENCES[sqlite3.SQLITE_PERM] = _SENTENCES[sqlite3.SQLITE_READONLY]


def as_user_error(error: sqlite3.Error, name: str) -> ProjectError | None:
    """The sentence for an error somebody can mend, or None for a bug of ours. `name` is the file's name."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        undecodable = str(error).startswith("Could not decode")
        code = sqlite3.SQLITE_CORRUPT if undecodable else sqlite3.SQLITE_ERROR
    known = _SENTENCES.get(code & 0xFF)
    return None if known is None else known[0](known[1].format(name=name))


@contextmanager
def plain_failures(name: str) -> Iterator[None]:
    """Turn SQLite's errors into `ProjectError` where a person can mend them; others pass unchanged."""
    try:
        yield
    except sqlite3.Error as error:
        plain = as_user_error(error, name)
        if plain is None:
            raise
        raise plain from error
