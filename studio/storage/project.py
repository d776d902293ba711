"""A project file: open it, and find everything that is kept in it."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from uuid import uuid4

from studio.domain.errors import ProjectError
from studio.storage import backups
from studio.storage.alignments import Alignments
from studio.storage.checks import check_integrity, check_schema, read_header
from studio.storage.database import Database
from studio.storage.events import Events
from studio.storage.evidence import EvidenceTable
from studio.storage.failures import plain_failures
from studio.storage.full_text import FullText
from studio.storage.meta import Meta
from studio.storage.neurons import Neurons
from studio.storage.pictures import Pictures
from studio.storage.proposals import Proposals
from studio.storage.runs import Runs, SkippedSamples
from studio.storage.samples import Samples
from studio.storage.schema import VERSION, migrate
from studio.storage.scores import Scores
from studio.storage.verdicts import Verdicts

#: Called with a plain sentence at each stage of opening.
Progress = Callable[[str], None]


class Project:
    """An open project or bundle. One connection, held exclusively; all calls from one thread.

    Made by `create` or `open`; a context manager that closes. Writes outside `transaction` are one
    transaction each.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self.meta = Meta(database)
        self.pictures = Pictures(database)
        self.samples = Samples(database)
        self.neurons = Neurons(database)
        self.evidence = EvidenceTable(database)
        self.proposals = Proposals(database)
        self.alignments = Alignments(database)
        self.verdicts = Verdicts(database)
        self.scores = Scores(database)
        self.runs = Runs(database)
        self.skipped = SkippedSamples(database)
        self.events = Events(database, self.meta)
        self.full_text = FullText(database, self.meta)

    @classmethod
    def create(cls, path: Path | str, title: str = "", *, bundle: bool = False) -> Project:
        """Make a new, empty file and open it. Raises `ProjectError` when there is a file already."""
        path = Path(path)
        if path.exists():
            raise ProjectError(f"{path.name} is there already. Choose another name, or open it.")
        if not path.absolute().parent.is_dir():
            raise ProjectError(f"{path.name} could not be made: there is no folder {path.absolute().parent}.")
        _write_empty(path, title, bundle)
        return cls.open(path)

    @classmethod
    def open(cls, path: Path | str, progress: Progress | None = None) -> Project:
        """Open a file after checking it; bring an older one up to date, with a backup first.

        Raises `NotAProjectError`, `NewerProjectError` (bytes left alone), `ProjectInUseError` or
        `ProjectError`.
        """
        path = Path(path)
        tell = progress or (lambda _sentence: None)
        version = read_header(path)
        database = Database(path)
        try:
            tell("Checking the file")
            database.lock()
            check_schema(database, version)
            check_integrity(database)
            if version < VERSION:
                tell("Making a backup and bringing the file up to date")
                backups.make(database, "migration")
                with plain_failures(path.name):
                    migrate(database.connection, version)
                check_schema(database, VERSION)
            database.use_wal()
        except BaseException:
            database.abandon()
            raise
        return cls(database)

    @property
    def path(self) -> Path:
        """The file."""
        return self.database.path

    @property
    def is_bundle(self) -> bool:
        """Whether the file holds results of a run to be merged, not a person's project."""
        return bool(self.meta.get("bundle", False))

    def neuron_count(self) -> int:
        """How many neurons the SAE has; 0 before an extraction."""
        return self.neurons.count()

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing: BEGIN IMMEDIATE ... COMMIT; an exception rolls back. May be nested."""
        return self.database.transaction()

    def snapshot(self, path: Path | str) -> None:
        """Write a whole copy of the project as it is now to `path`, replacing what is there."""
        backups.copy(self.database, Path(path))

    def close(self) -> None:
        """Fold everything into one plain file and close it. May be called twice.

        Raises `ProjectError` when the file is no longer where it was: what is in it is then in a backup.
        """
        if self.database.closed or not self.database.displaced:
            self.database.close()
            return
        try:
            rescued = backups.make(self.database, "rescued")
        finally:
            self.database.abandon()
        raise ProjectError(
            f"{self.path.name} was moved, deleted or replaced by another program while it was open. All that "
            f"was saved in it is in {rescued}."
        )

    def __enter__(self) -> Project:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.close()
        except ProjectError:
            # What went wrong first is what the person has to hear; the next opening folds the log.
            if error is None:
                raise


def _write_empty(path: Path, title: str, bundle: bool) -> None:
    """The empty file appears under its name only when it is whole."""
    part = path.with_name(f".{path.name}.{uuid4().hex[:8]}.part")
    try:
        database = Database(part, must_exist=False, name=path.name)
        try:
            _fill_empty(database, path, title, bundle)
        finally:
            database.close()
        os.replace(part, path)
    except OSError as error:
        raise ProjectError(f"{path.name} could not be made ({error.strerror}).") from error
    finally:
        with suppress(OSError):  # a read-only folder refuses even this
            part.unlink(missing_ok=True)


def _fill_empty(database: Database, path: Path, title: str, bundle: bool) -> None:
    with plain_failures(path.name):
        database.connection.execute("PRAGMA page_size=8192")
        migrate(database.connection, 0)
    meta = Meta(database)
    with database.transaction():
        meta.set("project_id", uuid4().hex)
        meta.set("title", title or path.stem)
        meta.set("created", datetime.now(UTC).isoformat(timespec="seconds"))
        meta.set("bundle", bundle)
        meta.set("heads", [])
