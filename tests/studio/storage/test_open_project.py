"""What happens to a file that is opened: sound, foreign, damaged, newer, in use, full, read-only."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from studio.domain.errors import (
    DiskFullError,
    NewerProjectError,
    NotAProjectError,
    ProjectError,
    ProjectInUseError,
)
from studio.services.annotate import rate
from studio.storage import schema
from studio.storage.project import Project


@pytest.fixture
def closed(small_project):
    """The path of a closed project with annotations."""
    for neuron in range(20):
        rate(small_project, "Ada", neuron, 1 + neuron % 5)
    small_project.close()
    return small_project.path


def foreign(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in statements:
        connection.execute(statement)
    connection.close()


def test_the_pragmas_that_keep_data_are_on(small_project):
    expected = {
        "journal_mode": "wal",
        "synchronous": 2,
        "locking_mode": "exclusive",
        "busy_timeout": 0,
        "trusted_schema": 0,
        "cell_size_check": 1,
        "mmap_size": 0,
        "recursive_triggers": 1,
        "application_id": schema.APPLICATION_ID,
        "user_version": schema.VERSION,
    }
    found = {name: small_project.database.value(f"PRAGMA {name}") for name in expected}
    found["mmap_size"] = found["mmap_size"] or 0
    assert found == expected
    if sys.version_info >= (3, 12):
        defensive = sqlite3.SQLITE_DBCONFIG_DEFENSIVE
        assert small_project.database.connection.getconfig(defensive)


def test_a_closed_project_is_one_plain_file(closed):
    assert [p.name for p in closed.parent.iterdir()] == [closed.name]
    assert closed.read_bytes()[18:20] == b"\x01\x01"  # legacy journal, not WAL
    copied = closed.with_name("copy.cstudio")
    shutil.copy(closed, copied)
    with Project.open(copied) as project:
        assert project.events.count() == 20


def test_close_may_be_called_twice(small_project):
    small_project.close()
    small_project.close()


def test_create_refuses_a_file_that_is_there(closed):
    before = closed.read_bytes()
    with pytest.raises(ProjectError, match="is there already"):
        Project.create(closed)
    assert closed.read_bytes() == before


def test_create_in_a_missing_folder_is_a_sentence(tmp_path):
    with pytest.raises(ProjectError, match="could not be"):
        Project.create(tmp_path / "nowhere" / "x.cstudio")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_file_is_a_sentence(tmp_path):
    with pytest.raises(ProjectError, match="There is no file"):
        Project.open(tmp_path / "none.cstudio")


def test_a_folder_is_a_sentence(tmp_path):
    with pytest.raises(NotAProjectError, match="is a folder"):
        Project.open(tmp_path)


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\0", b"PK\3\4" * 50, os.urandom(5000)])
def test_other_files_are_refused(tmp_path, content):
    path = tmp_path / "x.cstudio"
    path.write_bytes(content)
    with pytest.raises(NotAProjectError):
        Project.open(path)
    assert path.read_bytes() == content


def test_another_programs_database_is_refused_untouched(tmp_path):
    path = tmp_path / "anki.cstudio"
    foreign(path, "CREATE TABLE notes(id)")
    before = path.read_bytes()
    with pytest.raises(NotAProjectError, match="another program"):
        Project.open(path)
    assert path.read_bytes() == before


def test_every_truncation_is_refused(closed):
    whole = closed.read_bytes()
    chosen = random.Random(1).sample(range(len(whole)), 60)
    for end in chosen:
        closed.write_bytes(whole[:end])
        with pytest.raises(NotAProjectError):
            Project.open(closed)


def test_overwritten_pages_are_refused_or_say_so(closed):
    """Any page replaced by noise: refused at opening, in a sentence; never another error."""
    whole = closed.read_bytes()
    refused = 0
    for page in random.Random(2).sample(range(len(whole) // 8192), 30):
        broken = bytearray(whole)
        broken[page * 8192 : (page + 1) * 8192] = random.Random(page).randbytes(8192)
        closed.write_bytes(bytes(broken))
        try:
            Project.open(closed).close()
        except NotAProjectError:
            refused += 1
    assert refused >= 15  # noise in overflow pages is for the blobs' checksums


def test_a_newer_file_is_refused_with_its_bytes_untouched(closed):
    foreign(closed, f"PRAGMA user_version={schema.VERSION + 1}")
    before = hashlib.sha256(closed.read_bytes()).hexdigest(), closed.stat().st_mtime_ns
    with pytest.raises(NewerProjectError, match="newer Concept Studio"):
        Project.open(closed)
    assert (hashlib.sha256(closed.read_bytes()).hexdigest(), closed.stat().st_mtime_ns) == before
    assert [p.name for p in closed.parent.iterdir()] == [closed.name]


@pytest.mark.parametrize(
    "statements",
    [
        ["ALTER TABLE meta RENAME TO m", "CREATE VIEW meta AS SELECT key, value FROM m"],
        [
            "DROP TABLE verdict",
            "CREATE VIEW verdict AS WITH RECURSIVE t(n) AS "
            "(SELECT 1 UNION ALL SELECT n+1 FROM t) SELECT * FROM t",
        ],
        ["CREATE TRIGGER t AFTER INSERT ON event BEGIN DELETE FROM meta; END"],
        ["DROP TRIGGER event_no_update"],
        ["CREATE TABLE extra(x)"],
        ["DROP INDEX idx_event_clock_id"],
    ],
)
def test_another_schema_is_refused(closed, statements):
    foreign(closed, *statements)
    with pytest.raises(NotAProjectError, match="other tables"):
        Project.open(closed)


def test_a_project_in_use_is_refused(small_project):
    with pytest.raises(ProjectInUseError, match="is open in another window"):
        Project.open(small_project.path)
    rate(small_project, "Ada", 1, 3)


def test_a_project_in_use_by_another_process_is_refused(closed):
    script = (
        "from studio.storage.project import Project\n"
        f"with Project.open({str(closed)!r}): print('open', flush=True); input()"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout.readline() == "open\n"
    with pytest.raises(ProjectInUseError):
        Project.open(closed)
    child.communicate("\n")
    assert child.returncode == 0
    Project.open(closed).close()


def test_a_full_file_is_a_sentence_and_loses_nothing(small_project):
    rate(small_project, "Ada", 1, 3)
    pages = small_project.database.value("PRAGMA page_count")
    small_project.database.rows(f"PRAGMA max_page_count={pages}")
    with pytest.raises(DiskFullError, match="no room left"):
        small_project.meta.set("large", "x" * 100_000)
    assert small_project.events.label("Ada", 1).rating == 3
    assert small_project.meta.get("large") is None
    small_project.database.rows("PRAGMA max_page_count=1000000")
    small_project.meta.set("large", "x" * 100_000)
    rate(small_project, "Ada", 1, 4)
    assert small_project.events.label("Ada", 1).rating == 4


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="mounting needs root")
def test_a_full_disk_is_a_sentence_and_loses_nothing(tmp_path, fill):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(disk)], check=False)
    if mounted.returncode:
        pytest.skip("mounting is not allowed here")
    try:
        project = Project.create(disk / "p.cstudio")
        fill(project, 10)
        rate(project, "Ada", 1, 3)
        filler = disk / "filler"
        with pytest.raises(OSError, match="No space"):
            filler.write_bytes(bytes(10_000_000))
        with pytest.raises(DiskFullError):
            project.meta.set("large", "x" * 1_000_000)
        with pytest.raises(DiskFullError):
            project.snapshot(disk / "copy.cstudio")
        filler.unlink()
        assert project.events.label("Ada", 1).rating == 3
        project.close()
        with Project.open(disk / "p.cstudio") as again:
            assert again.events.label("Ada", 1).rating == 3
            assert again.events.verify() == []
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="POSIX users")
def test_a_read_only_file_is_a_sentence(closed):
    root = os.geteuid() == 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "p.cstudio"
        shutil.copy(closed, path)
        path.chmod(0o444)
        Path(folder).chmod(0o755)
        if root:
            os.seteuid(65534)
        try:
            with pytest.raises(ProjectError, match="can only be read"):
                Project.open(path)
        finally:
            if root:
                os.seteuid(0)


def test_the_fingerprints_are_those_of_the_migrations():
    for version in range(1, schema.VERSION + 1):
        connection = sqlite3.connect(":memory:", isolation_level=None)
        pytest.MonkeyPatch().setattr(schema, "VERSION", version)
        schema.migrate(connection, 0)
        assert schema.fingerprint(connection) == schema.FINGERPRINTS[version]
        connection.close()
    pytest.MonkeyPatch().setattr(schema, "VERSION", len(schema.MIGRATIONS))


def test_a_nested_transaction_is_one(small_project):
    def act():
        with small_project.transaction():
            small_project.meta.set("a", 1)
            with small_project.transaction():
                small_project.meta.set("b", 2)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        act()
    assert small_project.meta.get("a") is None
    assert small_project.meta.get("b") is None
    small_project.meta.set("a", 1)
    assert small_project.meta.get("a") == 1


def test_what_an_inner_transaction_wrote_goes_when_it_fails_and_the_outer_one_goes_on(small_project):
    def fails():
        with small_project.transaction():
            small_project.meta.set("inner", 2)
            raise RuntimeError

    with small_project.transaction():
        small_project.meta.set("outer", 1)
        with pytest.raises(RuntimeError):
            fails()
        small_project.meta.set("after", 3)
    assert [small_project.meta.get(key) for key in ("outer", "inner", "after")] == [1, None, 3]


def test_a_file_taken_away_while_it_is_open_saves_nothing_more_until_it_is_back(small_project):
    rate(small_project, "Ada", 1, 5)
    path, aside = small_project.path, small_project.path.with_name("aside")
    path.rename(aside)
    with pytest.raises(ProjectError, match=r"moved, deleted or replaced .* not saved"):
        rate(small_project, "Ada", 2, 4)
    aside.rename(path)
    rate(small_project, "Ada", 2, 3)
    small_project.close()
    with Project.open(path) as again:
        assert [again.events.label("Ada", n).rating for n in (1, 2)] == [5, 3]


@pytest.mark.parametrize("other", [None, b"another file"], ids=["deleted", "replaced"])
def test_what_was_saved_in_a_file_that_is_gone_is_kept_beside_it(small_project, other):
    rate(small_project, "Ada", 1, 5)
    path = small_project.path
    path.unlink()
    if other is not None:
        path.write_bytes(other)
    with pytest.raises(ProjectError, match=r"All that was saved in it is in .*-rescued\.cstudio"):
        small_project.close()
    small_project.close()
    assert (path.read_bytes() if path.exists() else None) == other
    (kept,) = path.with_name("small.backups").iterdir()
    with Project.open(kept) as again:
        assert again.events.label("Ada", 1).rating == 5
