"""Bundles replace, go on where they stopped; copies unite in any order."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.domain.annotation import Seen
from studio.domain.concept import Proposal
from studio.domain.errors import NewerProjectError, NotAProjectError, ProjectError
from studio.domain.modality import TokenKind
from studio.services.annotate import accept, annotate, rate
from studio.services.discuss import comment
from studio.services.gold import mark_gold
from studio.services.guidelines import set_guidelines
from studio.services.merge import bundle as merge
from studio.services.merge import merge_bundle, merge_copy
from studio.services.neurons import neuron_table
from studio.services.reveal import reveal
from studio.services.undo import undo
from studio.storage import backups
from studio.storage.project import Project

TABLES = ("neuron_column", "histogram", "evidence", "proposal", "alignment", "verdict", "skipped", "run")


def content(project):
    """Everything a bundle brings, pictures by their bytes instead of their rows."""
    found = {name: sorted(project.database.rows(f"SELECT * FROM {name}")) for name in TABLES}
    samples = project.samples.get(project.samples.ids())
    found["samples"] = [
        (s.id, s.turns, s.tokens, s.boxes.tobytes(), s.picture and project.pictures.get(s.picture))
        for s in samples.values()
    ]
    found["pictures"] = project.pictures.count()
    return found


@pytest.fixture
def bundle(tmp_path, fill):
    """A bundle of another extraction: more neurons, other samples."""
    path = tmp_path / "run.bundle"
    with Project.create(path, bundle=True) as made:
        fill(made, 700, seed=1)
        made.meta.set("bank_size", 64)
    return path


def test_an_extraction_replaces_the_last_one_whole(small_project, bundle):
    rate(small_project, "Ada", 1, 4)
    changes = merge_bundle(small_project, bundle)
    assert changes.everything
    assert changes.scores >= {0, 698}
    with Project.open(bundle) as source:
        expected, merged = content(source), content(small_project)
    expected["run"], merged["run"] = len(expected["run"]) + 1, len(merged["run"])
    assert merged == expected
    assert small_project.neuron_count() == 700
    assert small_project.meta.get("bank_size") == 64
    assert small_project.meta.get("title") == "Small"
    assert small_project.events.label("Ada", 1).rating == 4
    assert len(backups.listed(backups.folder_of(small_project.path))) == 1


def test_merging_twice_changes_nothing(small_project, bundle):
    merge_bundle(small_project, bundle)
    before = content(small_project)
    merge_bundle(small_project, bundle)
    assert content(small_project) == before


@pytest.mark.parametrize("stop", [0, 1, 9, 22, 37])
def test_a_merge_that_was_cut_off_goes_on(small_project, bundle, monkeypatch, stop):
    monkeypatch.setattr(merge, "STEP", 60)
    steps = itertools.count()
    replace = merge.transfer.replace

    def dies(*args):
        for last in replace(*args):
            if next(steps) == stop:
                raise KeyboardInterrupt
            yield last

    monkeypatch.setattr(merge.transfer, "replace", dies)
    with pytest.raises(KeyboardInterrupt):
        merge_bundle(small_project, bundle)
    monkeypatch.setattr(merge.transfer, "replace", replace)
    path = small_project.path
    small_project.close()
    with Project.open(path) as project, Project.create(path.with_name("whole.cstudio")) as whole:
        merge_bundle(project, bundle)
        merge_bundle(whole, bundle)
        found, expected = content(project), content(whole)
        found.pop("run"), expected.pop("run")
        assert found == expected
        assert project.meta.get("merging") is None
        assert len(backups.listed(backups.folder_of(path))) == 1


def test_concepts_of_another_sae_are_dropped_annotations_kept(small_project, tmp_path, fill):
    accept(small_project, "Ada", 250, "dog")
    with Project.create(tmp_path / "r.bundle", bundle=True) as made:
        fill(made, 200)
        for table in ("proposal", "alignment", "verdict"):
            made.database.execute(f"DELETE FROM {table}")
        made.database.execute("UPDATE run SET config=replace(config, 'layers.2', 'layers.3')")
    merge_bundle(small_project, tmp_path / "r.bundle")
    assert (small_project.proposals.all(), small_project.verdicts.all()) == ([], [])
    assert small_project.events.label("Ada", 250).concept == "dog"
    assert len(neuron_table(small_project, "Ada")) == 200


def test_proposals_of_another_explainer_stay(small_project, tmp_path):
    with Project.create(tmp_path / "p.bundle", bundle=True) as made:
        made.proposals.write([Proposal(n, TokenKind.IMAGE, "cat", None, "llm") for n in (3, 9)])
    changes = merge_bundle(small_project, tmp_path / "p.bundle")
    assert changes.proposals == {3, 9}
    assert not changes.everything
    assert {p.explainer for p in small_project.proposals.of(3)} == {"vocabulary", "llm"}
    with Project.create(tmp_path / "q.bundle", bundle=True) as made:
        made.proposals.write([Proposal(3, TokenKind.IMAGE, "cow", None, "llm")])
    merge_bundle(small_project, tmp_path / "q.bundle")
    assert [p.concept for p in small_project.proposals.of(3) if p.explainer == "llm"] == ["cow"]
    assert {p.explainer for p in small_project.proposals.of(9)} == {"vocabulary"}
    assert len(small_project.proposals.all()) == 601


def test_a_project_is_no_bundle(small_project, small_file, tmp_path):
    other = shutil.copy(small_file, tmp_path / "other.cstudio")
    with pytest.raises(ProjectError, match="holds no results"):
        merge_bundle(small_project, other)


# Copies of several annotators


@pytest.fixture(scope="module")
def origin(small_file):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "origin.cstudio"
        shutil.copy(small_file, path)
        with Project.open(path) as project:
            rate(project, "Lead", 1, 3)
        yield path


SCRIPT = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["Ada", "Grace"]), st.integers(0, 3), st.integers(1, 5)),
        st.tuples(st.just("gold"), st.integers(0, 3), st.integers(1, 5)),
        st.tuples(st.just("comment"), st.integers(0, 3), st.integers(1, 5)),
        st.just("undo"),
    ),
    max_size=6,
)
NAMES = itertools.count()


def work_on(origin: Path, folder: Path, script) -> Path:
    path = folder / f"{next(NAMES)}.cstudio"
    shutil.copy(origin, path)
    with Project.open(path) as project:
        for step in script:
            if step == "undo":
                undo(project, "Ada")
            elif step[0] == "gold":
                mark_gold(project, "Ada", step[1], rating=step[2])
            elif step[0] == "comment":
                comment(project, "Ada", step[1], str(step[2]))
                reveal(project, "Ada", step[1], ["proposal"], Seen())
                set_guidelines(project, "Ada", str(step))
            else:
                annotate(project, step[0], step[1], {"rating": step[2], "note": str(step)})
    return path


def united(base: Path, others, folder: Path):
    """Events, labels and heads after merging `others` into a copy of `base`, in order."""
    path = folder / f"{next(NAMES)}.cstudio"
    shutil.copy(base, path)
    with Project.open(path) as project:
        for other in others:
            merge_copy(project, other)
        assert project.events.verify() == []
        events = project.events
        shared = events.golds(), events.comments(), events.reveals(), events.guidelines(), events.policy()
        return events.all(), events.labels(), sorted(events.heads()), shared


@settings(max_examples=4, deadline=None)
@given(SCRIPT, SCRIPT, SCRIPT)
def test_merging_is_idempotent_commutative_associative(origin, one, two, three):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        a, b, c = (work_on(origin, folder, script) for script in (one, two, three))
        ab = folder / "ab.cstudio"
        shutil.copy(a, ab)
        with Project.open(ab) as project:
            merge_copy(project, b)
        all_three = united(a, [b, c], folder)
        assert united(a, [a], folder) == united(a, [], folder)
        assert united(a, [b, b], folder) == united(b, [a], folder)
        assert all_three == united(c, [b, a], folder)
        assert all_three == united(c, [ab], folder)


def test_work_goes_on_after_a_merge(origin, tmp_path):
    a = work_on(origin, tmp_path, [("Ada", 1, 5)])
    b = work_on(origin, tmp_path, [("Grace", 1, 2), ("Grace", 2, 2)])
    with Project.open(a) as project:
        assert merge_copy(project, b).annotations == {1, 2}
        assert merge_copy(project, b).annotations == frozenset()
        annotate(project, "Ada", 3, {"rating": 1})
        assert project.events.verify() == []
        assert {x.rating for x in project.events.labels() if x.neuron == 1} == {3, 5, 2}


def test_another_projects_copy_is_refused(small_project, tmp_path, fill):
    other = tmp_path / "other.cstudio"
    with Project.create(other) as project:
        fill(project, 10)
        rate(project, "Eve", 1, 1)
    with pytest.raises(ProjectError, match="no copy of this project"):
        merge_copy(small_project, other)
    assert small_project.events.count() == 0
    assert not backups.folder_of(small_project.path).exists()


def test_files_that_are_no_projects_are_refused(small_project, tmp_path):
    (tmp_path / "x").write_bytes(b"nothing")
    with pytest.raises(NotAProjectError):
        merge_copy(small_project, tmp_path / "x")
    newer = tmp_path / "newer.cstudio"
    small_project.snapshot(newer)
    whole = bytearray(newer.read_bytes())
    whole[60:64] = (99).to_bytes(4, "big")
    newer.write_bytes(bytes(whole))
    with pytest.raises(NewerProjectError):
        merge_copy(small_project, newer)


def test_a_copy_that_was_tampered_with_is_refused(origin, tmp_path):
    b = work_on(origin, tmp_path, [("Grace", 1, 2)])
    trigger = "create trigger event_no_update before update on event "
    trigger += "begin select raise(abort, 'annotations are append-only'); end"
    with Project.open(b) as project:
        project.database.execute("DROP TRIGGER event_no_update")
        project.database.execute("UPDATE event SET new='{\"rating\":5}' WHERE annotator='Grace'")
        project.database.execute(trigger)
    a = work_on(origin, tmp_path, [])
    with Project.open(a) as project:
        with pytest.raises(ProjectError, match="neuron 1 by Grace"):
            merge_copy(project, b)
        assert project.events.count() == 1
