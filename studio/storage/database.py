"""The project file's only connection: pragmas, statements, transactions, closing."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from studio.domain.errors import DiskFullError, ProjectError
from studio.storage.failures import plain_failures

#: No value larger than this is read from or written to a project file, in bytes.
MAX_VALUE = 512 * 1024 * 1024
Row = tuple[Any, ...]
#: A condition on rows of some neurons; `among` makes the value of its one mark.
AMONG = "neuron IN (SELECT value FROM json_each(?))"


class Database:
    """One exclusive connection to one file. All calls come from the thread that made it.

    Raises `ProjectError` and its subclasses for what a person can mend; a `sqlite3.Error` that gets
    through is a bug.
    """

    def __init__(self, path: Path, must_exist: bool = True, name: str = "") -> None:
        """`name` is what sentences call the file, where that is not its own name."""
        self.path = path
        self._name = name or path.name
        mode = "rw" if must_exist else "rwc"
        uri = f"{path.absolute().as_uri()}?mode={mode}"
        with plain_failures(self._name):
            self._connection = sqlite3.connect(uri, uri=True, timeout=0.0, isolation_level=None)
        try:
            with plain_failures(self._name):
                self._protect()
        except BaseException:
            self._connection.close()
            raise
        self._closed = False
        self._place = _file_at(path)
        self._depth = 0
        self._forget: list[Callable[[], None]] = []

    @property
    def connection(self) -> sqlite3.Connection:
        """The raw connection, for migrations and backups in this package only."""
        return self._connection

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    def execute(self, sql: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        """Run one statement."""
        with plain_failures(self._name):
            return self._connection.execute(sql, values)

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run one statement for each row."""
        with plain_failures(self._name):
            self._connection.executemany(sql, rows)

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        """All rows of a query."""
        with plain_failures(self._name):
            return self._connection.execute(sql, values).fetchall()

    def row(self, sql: str, values: Sequence[Any] = ()) -> Row | None:
        """The first row of a query, or None."""
        with plain_failures(self._name):
            found: Row | None = self._connection.execute(sql, values).fetchone()
            return found

    def value(self, sql: str, values: Sequence[Any] = ()) -> Any:
        """The first column of the first row, or None."""
        found = self.row(sql, values)
        return None if found is None else found[0]

    def among(self, sql: str, neurons: Iterable[int]) -> list[Row]:
        """All rows of a query whose one mark is that of `AMONG`: any number of neurons in one query."""
        return self.rows(sql, (json.dumps(list(neurons)),))

    @property
    def displaced(self) -> bool:
        """Whether another program has moved, deleted or replaced the file. SQLite does not notice: it would
        go on writing to a file that nobody can open again."""
        return _file_at(self.path) != self._place

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing: BEGIN IMMEDIATE, then COMMIT, or ROLLBACK on any exception. Raises `ProjectError`
        when the file is no longer where it was.

        Within a transaction another one is a savepoint: when it fails, what it wrote is taken back even where
        whoever called it goes on; the outermost commits.
        """
        name = f"level_{self._depth}"
        begin, commit, rollback = ("BEGIN IMMEDIATE", "COMMIT", "ROLLBACK")
        if not self._depth and self.displaced:
            raise ProjectError(
                f"{self._name} was moved, deleted or replaced by another program while it was open: the "
                "change was not saved. Put the file back and try again. When the project is closed, all that "
                f"was saved in it goes into the folder {self.path.stem}.backups."
            )
        if self._depth:
            begin, commit = f"SAVEPOINT {name}", f"RELEASE {name}"
            rollback = f"ROLLBACK TO {name}"
        self.execute(begin)
        self._depth += 1
        try:
            yield
            self.execute(commit)
        except BaseException:
            self._take_back(rollback)
            raise
        finally:
            self._depth -= 1

    def _take_back(self, rollback: str) -> None:
        """Where the disk is full SQLite may have taken everything back by itself already."""
        if self._connection.in_transaction:
            self._connection.execute(rollback)
        for forget in self._forget:
            forget()

    def after_rollback(self, forget: Callable[[], None]) -> None:
        """Call `forget` whenever a transaction was rolled back: what was remembered of it is not so."""
        self._forget.append(forget)

    def lock(self) -> None:
        """Take the file's exclusive lock and keep it until `close`. Raises `ProjectInUseError`.

        What a crash has left in the log is folded into the file first.
        """
        self.execute("BEGIN EXCLUSIVE")
        self.execute("COMMIT")
        self.rows("PRAGMA journal_mode=DELETE")

    def use_wal(self) -> None:
        """Write-ahead log with a sync at every commit: a decision is on the disk once it is saved."""
        self.rows("PRAGMA journal_mode=WAL")
        self.rows("PRAGMA synchronous=FULL")
        self.rows("SELECT count(*) FROM sqlite_schema")  # opens the log, so that `close` can fold it

    def close(self) -> None:
        """Fold the log into the file, go back to one plain file, and close. May be called twice."""
        if self._closed:
            return
        self._closed = True
        try:
            with plain_failures(self._name):
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
                self._connection.execute("PRAGMA journal_mode=DELETE").fetchall()
        except DiskFullError as error:
            raise DiskFullError(
                f"{self.path.name} is closed and nothing is lost, but the disk is full: keep the file "
                f"{self.path.name}-wal beside it, make room, and open the project once more."
            ) from error
        finally:
            self._connection.close()

    def abandon(self) -> None:
        """Close without writing anything: for a file that was refused."""
        self._closed = True
        self._connection.close()

    def _protect(self) -> None:
        """What is in the file is untrusted: no functions from its schema, no mapped memory, bounded sizes."""
        connection = self._connection
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_VALUE)
        connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        if hasattr(connection, "setconfig"):  # Python 3.12
            connection.setconfig(getattr(sqlite3, "SQLITE_DBCONFIG_DEFENSIVE"), True)  # noqa: B009
        for pragma in (
            "locking_mode=EXCLUSIVE",
            "trusted_schema=OFF",
            "cell_size_check=ON",
            "mmap_size=0",
            "recursive_triggers=ON",
            "synchronous=FULL",
            "cache_size=-32768",
        ):
            connection.execute(f"PRAGMA {pragma}")


def _file_at(path: Path) -> tuple[int, int] | None:
    """Which file stands at a path: device and number; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
