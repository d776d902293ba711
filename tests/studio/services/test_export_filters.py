"""Which rows an export has: against the rule said in plain loops; folders; disks that are full."""

from __future__ import annotations

import errno
import itertools
import json
import os
import resource
import shutil

import numpy as np
import pytest

from studio.domain.annotation import Decision
from studio.domain.context import Quiet
from studio.domain.errors import Cancelled, DiskFullError, UserError
from studio.domain.export import ExportFilter
from studio.domain.modality import Modality
from studio.services import annotate as verbs
from studio.services import whole
from studio.services.adjudicate import adjudicate
from studio.services.discuss import comment
from studio.services.export import export
from studio.services.export.labelled import read_labelled
from studio.storage.project import Project

PEOPLE = ("Ada", "Bo", "Cy")


@pytest.fixture(scope="module")
def judged_file(small_file, tmp_path_factory):
    """Three people, 60 neurons, decisions and classes at random; some neurons adjudicated."""
    path = shutil.copy(small_file, tmp_path_factory.mktemp("judged") / "small.cstudio")
    with Project.open(path) as project, project.transaction():
        judge(project)
    return path


@pytest.fixture
def judged(judged_file, tmp_path):
    with Project.open(shutil.copy(judged_file, tmp_path / "small.cstudio")) as project:
        yield project


def judge(small_project):
    rng = np.random.default_rng(7)
    for neuron, person in itertools.product(range(60), PEOPLE):
        new = {"rating": int(rng.integers(1, 6))}
        if rng.random() < 0.7:
            new |= {"decision": "accepted", "concept": f"dog {neuron}"}
        if rng.random() < 0.6:
            new["modality"] = str(rng.choice([m.value for m in Modality]))
        if rng.random() < 0.8:
            verbs.annotate(small_project, person, neuron, new)
    for neuron in range(0, 60, 7):
        adjudicate(small_project, "Di", neuron, Decision.EDITED, f"final {neuron}", Modality.VISUAL, 5)


def rows_of(project, tmp_path, **where):
    out = tmp_path / "rows.jsonl"
    export(project, out, "jsonl", force=True, where=ExportFilter(**where))
    return [json.loads(line) for line in out.read_text().splitlines()]


def automatic(project, neuron):
    verdict = project.verdicts.get(neuron)
    return verdict and verdict.modality


def agreed(project, neuron):
    said = [x.modality for x in project.events.labels() if x.neuron == neuron and x.modality]
    pairs = list(itertools.combinations(said, 2))
    return sum(a is b for a, b in pairs) / len(pairs) if pairs else None


@pytest.mark.parametrize("least", [0.0, 0.3, 0.5, 1.0])
def test_the_least_agreement_is_over_pairs_of_those_who_classed_it(judged, tmp_path, least):
    found = {row["neuron"]: row["agreement"] for row in rows_of(judged, tmp_path, min_agreement=least)}
    expected = {n: a for n in range(60) if (a := agreed(judged, n)) is not None and a >= least}
    assert found == expected
    assert expected


@pytest.mark.parametrize("kind", list(Modality))
def test_a_class_is_the_annotators_or_else_the_automatic_one(judged, tmp_path, kind):
    found = {(r["neuron"], r["annotator"]) for r in rows_of(judged, tmp_path, classes={kind}, reviewed=True)}
    expected = {
        (x.neuron, x.annotator)
        for x in judged.events.labels()
        if x.decision is not None and (x.modality or automatic(judged, x.neuron)) is kind
    }
    assert found == expected
    assert expected


def test_rows_of_one_annotator(judged, tmp_path):
    found = rows_of(judged, tmp_path, annotator="Bo")
    assert [r["neuron"] for r in found] == [x.neuron for x in judged.events.labels("Bo")]
    assert {r["annotator"] for r in found} == {"Bo"}


def test_adjudicated_neurons_have_one_row_with_the_final_label(judged, tmp_path):
    found = rows_of(judged, tmp_path, adjudicated=True, reviewed=True)
    assert [r["neuron"] for r in found] == list(range(0, 60, 7))
    assert {(r["annotator"], r["decision"], r["modality"], r["rating"]) for r in found} == {
        ("Di", "edited", "visual", 5)
    }
    assert [r["concept"] for r in found] == [f"final {n}" for n in range(0, 60, 7)]
    assert found[0]["final"]["by"] == "Di"
    assert {h["annotator"] for h in found[0]["history"]} >= {"Di"}


def test_the_count_is_what_is_written(judged, tmp_path):
    labelled = read_labelled(judged)
    assert labelled.annotators == ["Ada", "Bo", "Cy", "Di"]
    for where in (
        ExportFilter(),
        ExportFilter(reviewed=True, classes=frozenset({Modality.VISUAL}), min_agreement=0.5),
        ExportFilter(adjudicated=True, min_agreement=0.3, annotator="Di"),
        ExportFilter(annotator="Nobody"),
    ):
        result = export(judged, tmp_path / "x.csv", "csv", force=True, where=where)
        assert labelled.count(where) == result.rows
    assert labelled.count(ExportFilter(annotator="Nobody")) == 0


def test_no_event_of_a_neuron_is_lost(judged, tmp_path):
    comment(judged, "Eve", 3, "why so?")
    found = rows_of(judged, tmp_path)
    written = {h["id"] for r in found for h in r["history"]}
    assert written == {e.id for e in judged.events.all()}


@pytest.mark.parametrize("least", [-0.1, 1.1, float("nan")])
def test_an_agreement_that_is_none_is_a_sentence(small_project, tmp_path, least):
    with pytest.raises(UserError, match="a number from 0 to 1"):
        export(small_project, tmp_path / "x.csv", "csv", where=ExportFilter(min_agreement=least))


class Stops(Quiet):
    """Cancelled after some rows."""

    def __init__(self, after):
        self.left = after

    def check(self):
        self.left -= 1
        if self.left < 0:
            raise Cancelled("stopped")


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet", "html", "pdf", "neuronpedia", "hub"])
def test_a_cancelled_export_leaves_nothing(judged, tmp_path, form, qapp):
    before = sorted(p.name for p in tmp_path.iterdir())
    with pytest.raises(Cancelled):
        export(judged, tmp_path / "out", form, reviewed=True, ctx=Stops(5))
    assert sorted(p.name for p in tmp_path.iterdir()) == before


def test_a_folder_is_replaced_only_when_an_export_made_it_and_it_is_asked_for(judged, tmp_path):
    out = tmp_path / "set"
    export(judged, out, "hub", reviewed=True)
    with pytest.raises(UserError, match="is there already"):
        export(judged, out, "hub")
    (out / "labels" / "stray.txt").write_text("old")
    export(judged, out, "hub", reviewed=True, force=True)
    assert not (out / "labels" / "stray.txt").exists()
    assert json.loads((out / whole.MARK).read_text())["format"] == "hub"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["set", "small.cstudio", "small.cstudio-wal"]


def test_a_folder_of_somebodys_own_is_never_replaced(judged, tmp_path):
    own = tmp_path / "photos"
    own.mkdir()
    (own / "cat.jpg").write_text("precious")
    with pytest.raises(UserError, match="no export made"):
        export(judged, own, "hub", force=True)
    with pytest.raises(UserError, match="is a file"):
        export(judged, own / "cat.jpg", "neuronpedia", force=True)
    assert (own / "cat.jpg").read_text() == "precious"
    empty = tmp_path / "empty"
    empty.mkdir()
    export(judged, empty, "neuronpedia", reviewed=True)
    assert (empty / whole.MARK).is_file()


def test_the_old_folder_comes_back_when_the_new_one_cannot_take_its_place(judged, tmp_path, monkeypatch):
    out = tmp_path / "set"
    export(judged, out, "neuronpedia", reviewed=True)
    rename = os.rename

    def breaks(a, b):
        if str(a).endswith(".part"):
            raise OSError(errno.EIO, "Input/output error")
        rename(a, b)

    monkeypatch.setattr(os, "rename", breaks)
    with pytest.raises(UserError, match="could not be written"):
        export(judged, out, "hub", reviewed=True, force=True)
    assert (out / "v1").is_dir()
    assert not [p.name for p in tmp_path.iterdir() if p.name.startswith(".")]


@pytest.mark.parametrize("form", ["jsonl", "parquet", "html", "pdf", "neuronpedia", "hub"])
def test_a_file_that_does_not_fit_is_a_sentence_and_leaves_nothing(judged, tmp_path, form, qapp):
    """The system refuses to let any file grow beyond 2 kB, as a quota does."""
    before = sorted(p.name for p in tmp_path.iterdir())
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, limit[1]))
    try:
        with pytest.raises(UserError, match=r"larger than this disk|could not be written"):
            export(judged, tmp_path / "out", form, reviewed=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert sorted(p.name for p in tmp_path.iterdir()) == before


@pytest.mark.parametrize("form", ["csv", "parquet", "hub"])
def test_a_full_disk_is_called_full(judged, tmp_path, form, monkeypatch):
    def full(_descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskFullError, match="no room for out"):
        export(judged, tmp_path / "out", form, reviewed=True)
    assert not [p.name for p in tmp_path.iterdir() if "out" in p.name]
