"""A whole study on planted truth: what it finds, writes, records, and does not compute twice."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyarrow import parquet

from studio.domain.context import Quiet
from studio.domain.errors import Cancelled, DataError, UserError
from studio.services.steps import run_steps
from studio.services.study.last import last_study
from studio.services.study.run import StudyResult, study
from studio.services.study.spec import StudySpec, check_spec, spec_of
from studio.services.study.step import study_step
from studio.storage.project import Project

FILES = {"report.html", "scores.csv", "scores.parquet", "comparisons.csv", "study.json"}


@pytest.fixture
def embedded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many pictures and texts were embedded, call by call."""
    from models.aligners import Aligner

    counted: list[int] = []
    for name in ("embed_images", "embed_texts"):
        real = getattr(Aligner, name)

        def counting(self: Any, items: Any, real: Any = real) -> Any:
            counted.append(len(items))
            return real(self, items)

        monkeypatch.setattr(Aligner, name, counting)
    return counted


def run(spec: StudySpec, planted: Path, out: Path, ctx: Any = None) -> StudyResult:
    return study(spec, planted, out, out.parent / "work", ctx or Quiet())


def contrast(document: dict[str, Any], side: str, measure: str, other: str) -> dict[str, Any]:
    (found,) = [
        c for c in document["contrasts"] if (c["side"], c["measure"], c["other"]) == (side, measure, other)
    ]
    return found


@pytest.fixture(scope="module")
def finished(planted_file: Path, tmp_path_factory: pytest.TempPathFactory, spec: StudySpec) -> StudyResult:
    """A study that was done; its embeddings lie beside its folder."""
    return run(spec, planted_file, tmp_path_factory.mktemp("finished") / "out")


def test_ours_beats_random_evidence_and_everything_is_written(finished: StudyResult) -> None:
    document, folder = finished.document, finished.folder
    for side in ("image", "text"):
        row = contrast(document, side, "alignment", "random")
        assert row["low"] > 0, row
        assert row["n"] == document["neurons"][side] >= 4
        assert contrast(document, side, "place", "random")["difference"] > 0
    assert "same as ours" in contrast(document, "image", "alignment", "no-text")["why"]
    assert {path.name for path in folder.iterdir()} == FILES
    assert json.loads((folder / "study.json").read_text()) == document
    texts = [path.read_text() for path in folder.iterdir() if path.suffix != ".parquet"]
    assert not [text for text in texts if re.search(r"\b(nan|NaN|inf)\b", text)]
    for digest in document["provenance"]["held_out"].values():
        assert digest in finished.report.read_text()


def test_csv_and_parquet_hold_the_same_rows(finished: StudyResult) -> None:
    with (finished.folder / "scores.csv").open() as file:
        rows = list(csv.DictReader(file))
    table = parquet.read_table(finished.folder / "scores.parquet").to_pylist()
    assert len(rows) == len(table) > 0
    for text, row in zip(rows, table, strict=True):
        assert [text[name] for name in ("neuron", "method", "concept")] == [
            str(row["neuron"]), row["method"], row["concept"],
        ]  # fmt: skip
        assert float(text["alignment"]) == row["alignment"]
    places = {(row["side"], row["run"], row["method"]) for row in table}
    assert len(places) == 2 * 2 * 3
    assert len(table) == 2 * 3 * sum(finished.document["neurons"].values())


def test_a_second_study_embeds_nothing_again(
    finished: StudyResult, planted_file: Path, spec: StudySpec, embedded: list[int]
) -> None:
    again = run(replace(spec, seeds=3), planted_file, finished.folder.with_name("again"))
    bank = again.document["provenance"]["bank_size"]
    # Loading an aligner and asking which it is embed a word or two; the bank is embedded each time.
    assert sum(embedded) <= bank + 10
    assert again.document["runs"] == [0, 1, 2]
    held = finished.document["provenance"]["held_out"]
    assert held.items() <= again.document["provenance"]["held_out"].items()


def test_a_study_that_was_cut_off_goes_on_to_the_same_result(
    finished: StudyResult,
    planted: Path,
    tmp_path: Path,
    spec: StudySpec,
    make_watch: Any,
    embedded: list[int],
) -> None:
    watch = make_watch("Looking at the examples, masked and whole", at=200)
    with pytest.raises(Cancelled):
        run(spec, planted, tmp_path / "out", watch)
    assert not (tmp_path / "out" / "report.html").exists()
    before = sum(embedded)
    assert before >= 64
    resumed = run(spec, planted, tmp_path / "out")
    views = sum(len(np.load(path)["keys"]) for path in (tmp_path / "work").rglob("*.npz"))
    assert sum(embedded) <= views + resumed.document["provenance"]["bank_size"] + 20
    assert resumed.document | {"made": ""} == finished.document | {"made": ""}


def test_the_project_records_the_study(planted: Path, tmp_path: Path, spec: StudySpec) -> None:
    with Project.open(planted) as project:
        assert last_study(project) is None
        step = study_step(planted, tmp_path / "out", aligner=spec.aligner, bank=spec.bank, seeds=1, neurons=5)
        run_steps(project, [step], Quiet())
        found = last_study(project)
    assert found is not None
    assert found.report.exists()
    assert found.document == json.loads((tmp_path / "out" / "study.json").read_text())
    assert found.document["provenance"]["settings"]["neurons"] == 5
    assert not list((tmp_path / "planted.work").glob("*.bundle"))


def test_a_project_without_proposals_names_no_aligner(planted: Path, tmp_path: Path) -> None:
    with Project.open(planted) as project, pytest.raises(DataError, match="aligner"):
        run_steps(project, [study_step(planted, tmp_path / "out")], Quiet())


def test_aligner_and_bank_are_those_of_the_scores(planted: Path) -> None:
    with Project.open(planted) as project:
        for kind, aligner in (("score", "siglip"), ("propose", "clip"), ("propose", "")):
            run_id = project.runs.start(kind, {"aligner": aligner, "bank": f"{aligner}.txt"})
            project.runs.finish(run_id, {})
        assert (spec_of(project).aligner, spec_of(project).bank) == ("siglip", "siglip.txt")
        given = spec_of(project, aligner="mine", bank="", seeds=5)
        assert (given.aligner, given.bank, given.seeds) == ("mine", "siglip.txt", 5)


def test_a_project_without_examples_says_so(tmp_path: Path, spec: StudySpec) -> None:
    with Project.create(tmp_path / "empty.cstudio") as project:
        project.meta.set("title", "empty")
    with pytest.raises(DataError, match=r"words|held out|neurons"):
        run(replace(spec, bank=""), tmp_path / "empty.cstudio", tmp_path / "out")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"methods": ("ours", "magic")}, "magic"),
        ({"methods": ("ours",)}, "at least one other"),
        ({"methods": ("random", "whole-image")}, "ours"),
        ({"seeds": 0}, "runs"),
        ({"neurons": -1}, "neurons"),
        ({"examples": 0}, "examples"),
        ({"seed": -1}, "seed"),
    ],
)
def test_requests_that_make_no_sense_are_a_sentence(
    spec: StudySpec, changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(UserError, match=said):
        check_spec(replace(spec, **changes))
