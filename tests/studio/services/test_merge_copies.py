"""Copies of several annotators: what would come, what differs, what is refused, and blind copies."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest
import sqlite_utils
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.domain.conflict import ConflictKind
from studio.domain.errors import NewerProjectError, NotAProjectError, ProjectError, UserError
from studio.domain.shared import Policy
from studio.services.annotate import accept, annotate, note, rate, reject
from studio.services.copies import make_copy
from studio.services.discuss import comment
from studio.services.full_text import catch_up
from studio.services.gold import mark_gold
from studio.services.guidelines import set_guidelines
from studio.services.merge import is_copy, merge_copies, merge_copy, preview_copies
from studio.services.policy import set_policy
from studio.services.undo import undo
from studio.storage import backups
from studio.storage.project import Project


@pytest.fixture
def copy_of(small_project, tmp_path):
    """Makes a copy of the open project as it is now, and works on it: copy_of("bo", work)."""

    def make(name: str, work=lambda project: None) -> Path:
        path = tmp_path / f"{name}.cstudio"
        small_project.snapshot(path)
        with Project.open(path) as copy:
            work(copy)
        return path

    return make


def test_the_preview_says_what_the_merge_brings(small_project, copy_of):
    rate(small_project, "Lead", 1, 3)
    ada = copy_of("ada", lambda p: [accept(p, "Ada", n, "dog") for n in (1, 2)])
    bo = copy_of("bo", lambda p: [reject(p, "Bo", 1), accept(p, "Bo", 3, "dog")])
    preview = preview_copies(small_project, [ada, bo])
    assert [(r.new_by, r.known) for r in preview] == [((("Ada", 2),), 1), ((("Bo", 2),), 1)]
    assert small_project.events.count() == 1
    assert not backups.folder_of(small_project.path).exists()
    report = merge_copies(small_project, [ada, bo])
    assert list(report.copies) == preview
    assert report.changes.annotations == {1, 2, 3}
    assert Project.open(report.backup).events.count() == 1
    (conflict,) = report.conflicts
    assert (conflict.neuron, conflict.kind, conflict.parts) == (1, ConflictKind.ANNOTATORS, ("decision",))
    assert conflict.said == (("Ada", "accepted “dog”"), ("Bo", "rejected"))
    assert "ada.cstudio: 2 new annotations by Ada; 1 are here already." in report.summary()


def test_one_annotator_who_said_two_things_is_named_and_the_later_word_counts(small_project, copy_of):
    rate(small_project, "Ada", 1, 1)
    home = copy_of("home", lambda p: [rate(p, "Ada", 1, 5), rate(p, "Ada", 1, 4), note(p, "Ada", 2, "x")])
    rate(small_project, "Ada", 1, 2)
    note(small_project, "Ada", 3, "here only")
    (conflict,) = merge_copies(small_project, [home]).conflicts
    assert (conflict.neuron, conflict.kind, conflict.parts) == (1, ConflictKind.SAME_ANNOTATOR, ("rating",))
    assert conflict.said == (
        ("Ada here", "rating 2"),
        ("Ada in home.cstudio", "rating 4"),
        ("counts", "rating 4"),
    )
    assert small_project.events.label("Ada", 1).rating == 4


def test_two_words_on_what_all_share_are_named(small_project, copy_of):
    copy = copy_of("b", lambda p: [mark_gold(p, "Bo", 1, "cat"), set_guidelines(p, "Bo", "two")])
    mark_gold(small_project, "Ada", 1, "dog")
    set_guidelines(small_project, "Ada", "one")
    found = {c.neuron: c for c in merge_copies(small_project, [copy]).conflicts}
    assert found[1].parts == ("gold",)
    assert dict(found[1].said)["here"] == "concept dog, by Ada"
    gold = small_project.events.golds()[1]
    assert dict(found[1].said)["counts"] == f"concept {gold.concept}, by {gold.by}"
    assert found[-1].parts == ("guidelines",)


def test_an_older_copy_brings_nothing_and_differs_in_nothing(small_project, copy_of):
    rate(small_project, "Ada", 1, 1)
    old = copy_of("old")
    rate(small_project, "Ada", 1, 5)
    report = merge_copies(small_project, [old, old])
    assert (report.changes.annotations, report.conflicts, report.backup) == (frozenset(), (), None)
    assert "nothing new, all of its 1 annotations are here already" in report.summary()
    assert not backups.folder_of(small_project.path).exists()


# What is refused: a sentence, and nothing changed


def no_project(path):
    path.write_bytes(b"nothing")


def another_project(path):
    with Project.create(path) as project:
        project.meta.set("title", "another")


def a_bundle(path):
    with Project.open(path) as project:
        project.meta.set("bundle", True)


def newer(path):
    whole = bytearray(path.read_bytes())
    whole[60:64] = (99).to_bytes(4, "big")
    path.write_bytes(bytes(whole))


def rewrite(path, sql, *values):
    """Change events as no copy of ours would, with their ids made anew."""
    from studio.storage.event_codec import COLUMNS, event_id, row_event

    connection = sqlite3.connect(path, isolation_level=None)
    triggers = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type='trigger'").fetchall()
    for name, _ in triggers:
        connection.execute(f"DROP TRIGGER {name}")
    connection.execute(sql, values)
    rows = connection.execute(f"SELECT {COLUMNS} FROM event ORDER BY rowid").fetchall()
    renamed = {}
    for row in rows:
        row = (row[0], renamed.get(row[1], row[1]), *row[2:])
        try:
            identifier = event_id(row_event(row))
        except ProjectError:
            continue
        renamed[row[0]] = identifier
        connection.execute("UPDATE event SET id=?, previous=? WHERE id=?", (identifier, row[1], row[0]))
    heads = '["' + list(renamed.values())[-1] + '"]'
    connection.execute("UPDATE meta SET value=? WHERE key='heads'", (heads,))
    for _, trigger in triggers:
        connection.execute(trigger)
    connection.close()


def clock_backwards(path):
    rewrite(path, "UPDATE event SET clock=CASE clock WHEN 1 THEN 7 ELSE clock END")


def clock_of_nobody(path):
    rewrite(path, "UPDATE event SET clock=? WHERE clock=2", 2**60)


def a_value_no_label_has(path):
    rewrite(path, """UPDATE event SET new='{"decision":"maybe"}' WHERE clock=2""")


def a_gold_that_is_none(path):
    rewrite(path, """UPDATE event SET new='{"gold":5}' WHERE clock=2""")


REFUSED = {
    no_project: (NotAProjectError, "was not merged"),
    another_project: (ProjectError, "no copy of this project"),
    a_bundle: (ProjectError, "no copy of this project"),
    newer: (NewerProjectError, "was not merged"),
    clock_backwards: (ProjectError, "out of order"),
    clock_of_nobody: (ProjectError, "out of order"),
    a_value_no_label_has: (NotAProjectError, "was not merged"),
    a_gold_that_is_none: (NotAProjectError, "was not merged"),
}


@pytest.mark.parametrize("how", REFUSED, ids=lambda how: how.__name__)
def test_what_is_refused_is_named_and_nothing_changes(small_project, copy_of, how):
    good = copy_of("good", lambda p: rate(p, "Ada", 1, 1))
    bad = copy_of("bad", lambda p: [rate(p, "Bo", n, 2) for n in (1, 2, 3)])
    if how is another_project:
        bad.unlink()
    how(bad)
    error, sentence = REFUSED[how]
    with pytest.raises(error, match=sentence):
        merge_copies(small_project, [good, bad])
    assert small_project.events.count() == 0
    assert not backups.folder_of(small_project.path).exists()
    first, second = preview_copies(small_project, [good, bad])
    assert (first.problem, first.new) == ("", 1)
    assert sentence in second.problem


def test_the_project_itself_a_missing_file_and_a_file_twice(small_project, copy_of):
    good = copy_of("good", lambda p: rate(p, "Ada", 1, 1))
    paths = [small_project.path, good.with_name("none.cstudio"), good, good]
    itself, missing, once, twice = preview_copies(small_project, paths)
    assert "open project itself" in itself.problem
    assert "none.cstudio" in missing.problem
    assert once.new == 1
    assert "in the list already" in twice.problem
    assert merge_copies(small_project, [good, good]).changes.annotations == {1}
    assert is_copy(small_project, good)
    assert not is_copy(small_project, small_project.path)


def test_a_copy_of_an_older_version_or_of_a_folder_that_cannot_be_written_is_left_as_it_is(
    small_project, tmp_path
):
    old = tmp_path / "old.cstudio"
    write_version_1(small_project, old)
    before, names = old.read_bytes(), sorted(path.name for path in tmp_path.iterdir())
    assert preview_copies(small_project, [old])[0].new == 1
    assert is_copy(small_project, old)
    assert old.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    assert merge_copies(small_project, [old]).changes.annotations == {1}
    assert small_project.events.label("Ada", 1).rating == 2
    assert old.read_bytes() == before


def write_version_1(project, path):
    """A copy with one annotation, in the layout of the first version."""
    from studio.storage import schema
    from studio.storage.database import Database
    from studio.storage.events import Events
    from studio.storage.meta import Meta

    database = Database(path, must_exist=False)
    schema.MIGRATIONS[0](sqlite_utils.Database(database.connection))
    database.execute("PRAGMA user_version=1")
    database.execute(f"PRAGMA application_id={schema.APPLICATION_ID}")
    meta = Meta(database)
    for name in ("project_id", "title", "created", "bundle"):
        meta.set(name, project.meta.get(name))
    Events(database, meta).append("Ada", 1, {"rating": 2}, old={"rating": None}, group="g")
    database.close()


def test_names_in_any_script_and_notes_of_ten_thousand_characters(small_project, copy_of):
    names = ["Ådä", "李雷", "مريم", "🦫" * 20, "e\u0301", "é", "=1+1", "a\u202eb"]
    work = [(name, "n" * 10_000 + name) for name in names]
    copy = copy_of("many", lambda p: [note(p, name, 1, text) for name, text in work])
    report = merge_copies(small_project, [copy])
    assert {x.annotator: x.note for x in small_project.events.labels()} == dict(work)
    assert sum(report.as_dict()["copies"][0]["new_by"].values()) == len(names)


# Copies for annotators


def test_a_blind_copy_has_no_work_of_others_and_comes_back_whole(small_project, tmp_path):
    p = small_project
    set_policy(p, "Lead", Policy(blind=True))
    set_guidelines(p, "Lead", "# How")
    accept(p, "Ada", 1, "a secret dog"), note(p, "Ada", 1, "my secret note")
    rate(p, "Bo", 1, 2)
    comment(p, "Ada", 1, "a secret remark")
    mark_gold(p, "Lead", 1, "the secret truth")
    catch_up(p)  # notes and comments are in the search index too
    assert p.full_text.find("note", "secret").tolist() == [1]
    made = make_copy(p, "Bo", tmp_path / "bo.cstudio")
    assert made.left_out == 4
    assert b"secret" not in made.path.read_bytes()
    with Project.open(made.path) as copy:
        assert copy.events.verify() == []
        assert {e.annotator for e in copy.events.all()} == {"Bo", "Lead"}
        assert (copy.events.golds(), copy.events.comments()) == ({}, [])
        assert copy.events.guidelines()[-1].text == "# How"
        assert copy.evidence.count() == p.evidence.count()
        rate(copy, "Bo", 2, 5)
        undo(copy, "Bo")
        assert copy.events.verify() == []
    before = p.events.count()
    assert merge_copy(p, made.path).annotations == {2}
    assert p.events.count() == before + 2
    assert p.events.verify() == []
    assert p.events.left_out() == frozenset()
    assert p.events.label("Ada", 1).note == "my secret note"


def test_the_lead_and_open_reviews_get_all_but_the_gold(small_project, tmp_path):
    p = small_project
    set_policy(p, "Lead", Policy())
    rate(p, "Ada", 1, 2), mark_gold(p, "Lead", 1, "dog")
    with Project.open(make_copy(p, "Bo", tmp_path / "bo.cstudio").path) as copy:
        assert (copy.events.label("Ada", 1).rating, copy.events.golds()) == (2, {})
    assert make_copy(p, "Lead", tmp_path / "lead.cstudio").left_out == 0


@pytest.mark.parametrize("where", ["there.cstudio", ".", "no/folder/x.cstudio", "small.cstudio"])
def test_a_copy_never_replaces_what_is_there(small_project, tmp_path, where):
    (tmp_path / "there.cstudio").write_bytes(b"mine")
    with pytest.raises(UserError, match=r"is there already|is a folder|no folder|open project itself"):
        make_copy(small_project, "Bo", tmp_path / where)
    assert (tmp_path / "there.cstudio").read_bytes() == b"mine"


WORK = st.lists(
    st.one_of(
        st.tuples(st.just("rate"), st.integers(0, 3), st.integers(1, 5)),
        st.tuples(st.just("undo"), st.just(0), st.just(0)),
    ),
    max_size=5,
)


@settings(max_examples=8, deadline=None)
@given(before=WORK, ada=WORK, bo=WORK)
def test_blind_copies_unite_to_the_same_in_any_order(small_file, tmp_path_factory, before, ada, bo):
    folder = tmp_path_factory.mktemp("blind")
    with Project.open(shutil.copy(small_file, folder / "lead.cstudio")) as lead:
        set_policy(lead, "Lead", Policy(blind=True))
        for who in ("Ada", "Bo"):
            do(lead, who, before)
        copies = [make_copy(lead, who, folder / f"{who}.cstudio").path for who in ("Ada", "Bo")]
    for who, path, work in zip(("Ada", "Bo"), copies, (ada, bo), strict=True):
        with Project.open(path) as project:
            do(project, who, work)
    one = united(folder, "lead", ["Ada", "Bo"])
    assert one == united(folder, "lead", ["Bo", "Ada", "Bo"])
    assert one == united(folder, "Ada", ["Bo", "lead"])
    assert one == united(folder, "Bo", ["lead", "Ada"])


def do(project, who, work):
    for verb, neuron, value in work:
        if verb == "rate":
            annotate(project, who, neuron, {"rating": value})
        else:
            undo(project, who)


def united(folder, base, others):
    path = shutil.copy(folder / f"{base}.cstudio", folder / "united.cstudio")
    with Project.open(path) as project:
        for name in others:
            merge_copy(project, folder / f"{name}.cstudio")
        assert project.events.verify() == []
        assert project.events.left_out() == frozenset()
        return project.events.all(), project.events.labels(), sorted(project.events.heads())
