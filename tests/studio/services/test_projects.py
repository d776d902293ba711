"""Open, close, say what is in a project; timed backups."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from datetime import UTC, datetime, timedelta

import pytest

from studio.domain.errors import ProjectError
from studio.domain.modality import TokenKind
from studio.domain.score import Score
from studio.services.annotate import accept, rate
from studio.services.projects import (
    backup_if_due,
    close_project,
    create_project,
    open_or_create,
    open_project,
    project_info,
)
from studio.storage import backups, project, schema
from studio.storage.checks import read_header
from studio.storage.project import Project


def test_info_counts(small_project):
    accept(small_project, "Ada", 3, "dog")
    rate(small_project, "Grace", 4, 2)
    accept(small_project, "Grace", 3, "cat")
    info = project_info(small_project)
    stats = small_project.neurons.stats()
    assert (info.neurons, info.live, info.with_evidence) == (300, stats.live.sum(), 100)
    assert (info.samples, info.skipped, info.proposed) == (12, 1, 300)
    assert (info.model, info.layer, info.sae, info.data) == (
        "llava-next-scenes", 2, "scenes-sae", "scenes",
    )  # fmt: skip
    assert info.classes == {"visual": 38, "textual": 38, "multimodal": 37, "unclear": 37}
    assert (info.reviewed, info.annotators, info.annotations) == (1, ["Ada", "Grace"], 3)
    assert json.loads(json.dumps(info.as_dict()))["title"] == "Small"
    assert "38 visual" in info.summary()


def test_a_new_project_has_a_summary(tmp_path):
    made = create_project(tmp_path / "new.cstudio", "Neu")
    assert "Neu" in project_info(made).summary()
    assert "not scored yet" in project_info(made).summary()
    close_project(made)
    with open_or_create(tmp_path / "new.cstudio") as again:
        assert again.meta.get("title") == "Neu"
    with open_or_create(tmp_path / "other.cstudio", "Other") as other:
        assert other.meta.get("title") == "Other"
    with pytest.raises(ProjectError):
        create_project(tmp_path / "new.cstudio")


def test_a_snapshot_is_whole_and_replaces(small_project, tmp_path):
    rate(small_project, "Ada", 3, 2)
    target = tmp_path / "snap.cstudio"
    target.write_text("old")
    small_project.snapshot(target)
    rate(small_project, "Ada", 3, 5)
    with open_project(target) as copy:
        assert copy.events.label("Ada", 3).rating == 2
        assert copy.verdicts.all() == small_project.verdicts.all()
    assert [p.name for p in tmp_path.glob("*snap*")] == ["snap.cstudio"]


def test_timed_backups_come_with_new_work_only(small_project, monkeypatch):
    assert backup_if_due(small_project) is None
    rate(small_project, "Ada", 3, 2)
    made = backup_if_due(small_project)
    with open_project(made) as copy:
        assert copy.events.label("Ada", 3).rating == 2
    assert backup_if_due(small_project) is None
    rate(small_project, "Ada", 3, 3)
    assert backup_if_due(small_project) is None  # too early
    monkeypatch.setattr(backups, "INTERVAL", 0)
    assert backup_if_due(small_project) is not None
    assert len(backups.listed(backups.folder_of(small_project.path))) == 2


def test_a_backup_that_failed_is_still_due(small_project):
    rate(small_project, "Ada", 3, 2)
    folder = backups.folder_of(small_project.path)
    folder.write_text("a file stands where the folder should be")
    with pytest.raises(ProjectError, match=folder.name):
        backup_if_due(small_project)
    folder.unlink()
    assert backup_if_due(small_project) is not None


def test_backups_go_on_after_the_clock_was_set_back(small_project):
    rate(small_project, "Ada", 3, 2)
    folder = backups.folder_of(small_project.path)
    folder.mkdir()
    now = datetime.now(UTC)
    for minutes in range(6):
        later = now + timedelta(hours=2, minutes=minutes)
        path = folder / f"small-{later:%Y%m%d-%H%M%S-%f}-timed.cstudio"
        path.touch()
        os.utime(path, (later.timestamp(), later.timestamp()))
    same_hour = now.replace(minute=59, second=59)
    (folder / f"small-{same_hour:%Y%m%d-%H%M%S-%f}-timed.cstudio").touch()
    made = backup_if_due(small_project)
    assert made is not None
    assert made.is_file()


@pytest.mark.parametrize("stem", ["x" * 235, "猫" * 78], ids=["letters", "signs of three bytes"])
def test_a_project_with_the_longest_name_has_backups(tmp_path, small_file, stem):
    path = shutil.copy(small_file, tmp_path / f"{stem}.cstudio")
    with open_project(path) as project:
        rate(project, "Ada", 3, 2)
        made = backup_if_due(project)
    assert backups.made_at(made)
    with open_project(made) as copy:
        assert copy.events.label("Ada", 3).rating == 2


def test_backups_thin_out_with_age(tmp_path):
    now = datetime(2026, 6, 30, 12, 7, tzinfo=UTC)
    for minutes in [*range(0, 60 * 26, 15), *range(60 * 26, 60 * 24 * 100, 60 * 8)]:
        made = now - timedelta(minutes=minutes)
        (tmp_path / f"my-project-{made:%Y%m%d-%H%M%S-%f}-timed.cstudio").touch()
    (tmp_path / "letter.txt").touch()
    backups.thin(tmp_path, now)
    ages = [now - backups.made_at(path) for path in reversed(backups.listed(tmp_path))]
    assert ages[:5] == [timedelta(minutes=15 * i) for i in range(5)]
    assert 24 <= sum(age < timedelta(days=1) for age in ages) <= 30
    assert 30 <= sum(timedelta(days=1) <= age < timedelta(days=31) for age in ages) <= 32
    assert 2 <= sum(age >= timedelta(days=31) for age in ages) <= 4
    assert (tmp_path / "letter.txt").exists()
    before = backups.listed(tmp_path)
    backups.thin(tmp_path, now)
    assert backups.listed(tmp_path) == before


#: What every version of the file has, by table; scores came with the second.
KEPT = (
    *("meta", "picture", "geometry", "sample", "neuron_column", "histogram", "evidence", "run"),
    *("proposal", "alignment", "verdict", "event"),
)


def rewritten(path, target, version, monkeypatch):
    """The project as a program that knew this version of the file would have kept it."""
    old = sqlite3.connect(target, isolation_level=None)
    with monkeypatch.context() as then:
        then.setattr(schema, "VERSION", version)
        schema.migrate(old, 0)
    old.execute("ATTACH ? AS now", (str(path),))
    for table in KEPT if version == 1 else (*KEPT, "score"):
        old.execute(f"INSERT INTO main.{table} SELECT * FROM now.{table}")
    old.close()


@pytest.mark.parametrize("version", range(1, schema.VERSION))
def test_a_file_of_every_earlier_version_is_brought_up_to_date_with_its_data(
    small_project, tmp_path, monkeypatch, version
):
    rate(small_project, "Ada", 3, 2)
    accept(small_project, "Bo", 3, "dog")
    score = Score(3, TokenKind.IMAGE, "detection", "dog", 0.5, 0.4, 0.6, 20)
    small_project.scores.write([score])
    expected = small_project.evidence.get(3), small_project.verdicts.all(), small_project.events.all()
    ids = small_project.samples.ids()
    small_project.close()
    rewritten(small_project.path, tmp_path / "old.cstudio", version, monkeypatch)
    with Project.open(tmp_path / "old.cstudio") as opened:
        assert opened.database.value("PRAGMA user_version") == schema.VERSION
        assert opened.evidence.get(3).examples[0].evidence_id(3) == expected[0].examples[0].evidence_id(3)
        assert (opened.verdicts.all(), opened.events.all()) == expected[1:]
        assert opened.events.verify() == []
        assert opened.events.label("Ada", 3).rating == 2
        assert opened.samples.get(ids).keys() == set(ids)
        assert opened.scores.of(3) == ([] if version == 1 else [score])
        rate(opened, "Ada", 3, 5)


@pytest.fixture
def next_version(monkeypatch):
    """This program, one schema version later."""

    def second(db):
        db["run"].add_column("cost", float)

    later = schema.VERSION + 1
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, second))
    for module in (schema, project):
        monkeypatch.setattr(module, "VERSION", later)
    monkeypatch.setattr("studio.storage.checks.VERSION", later)
    connection = sqlite3.connect(":memory:", isolation_level=None)
    schema.migrate(connection, 0)
    monkeypatch.setitem(schema.FINGERPRINTS, later, schema.fingerprint(connection))
    connection.close()
    return later


def test_an_older_file_is_backed_up_then_brought_up_to_date(small_project, next_version):
    rate(small_project, "Ada", 3, 2)
    path = small_project.path
    small_project.close()
    said = []
    with Project.open(path, said.append) as opened:
        assert opened.events.label("Ada", 3).rating == 2
        assert opened.database.value("PRAGMA user_version") == next_version
        assert opened.database.rows("SELECT cost FROM run") == [(None,)]
    assert any("backup" in sentence for sentence in said)
    (backup,) = backups.listed(backups.folder_of(path))
    assert "migration" in backup.name
    assert read_header(backup) == next_version - 1
    Project.open(path).close()
    assert len(backups.listed(backups.folder_of(path))) == 1


def test_a_migration_that_fails_leaves_the_old_file(small_project, next_version, monkeypatch):
    path = small_project.path
    rate(small_project, "Ada", 3, 2)
    small_project.close()

    def fails(db):
        db["run"].add_column("cost", float)
        raise RuntimeError

    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS[:-1], fails))
    with pytest.raises(RuntimeError):
        Project.open(path)
    assert read_header(path) == next_version - 1
    monkeypatch.undo()
    with Project.open(path) as again:
        assert again.events.label("Ada", 3).rating == 2
