"""Exports: lossless JSON lines, formula-safe CSV, whole files or none."""

from __future__ import annotations

import csv
import io
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.export_csv import RISKY as GUARDED
from plugins.export_csv import safe
from plugins.export_table import COLUMNS
from studio.domain.errors import UserError
from studio.domain.modality import Modality
from studio.services import annotate as verbs
from studio.services.export import export, formats
from studio.services.export import rows as service
from studio.services.undo import undo

RISKY = ("=", "+", "-", "@", "\t", "\r", "\0")


def review(project):
    seen = verbs.Seen(("6:image:top:scene-0-1",), {"score": 0.31}, revealed=True)
    verbs.accept(project, "Ada", 6, "dog 6", seen)
    verbs.classify(project, "Ada", 6, Modality.TEXTUAL)
    verbs.rate(project, "Ada", 6, 4)
    verbs.note(project, "Ada", 6, "=HYPERLINK(\"x\")\nzwei; 'drei'")
    verbs.edit(project, "Grace", 6, "@wet dog 🐕")
    verbs.reject(project, "Ada", 9)
    verbs.rate(project, "Ada", 12, 2)
    verbs.rate(project, "Ada", 12, 3)
    undo(project, "Ada")


def jsonl(path):
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def table(path):
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline="")))


def test_json_lines_say_everything(small_project, tmp_path):
    review(small_project)
    run = small_project.runs.start("score", {"q": 0.05, "aligner_hash": "ab", "bank_hash": "cd"})
    out = tmp_path / "out.jsonl"
    result = export(small_project, out, "jsonl", reviewed=True)
    rows = jsonl(out)
    assert (result.rows, result.path) == (3, out)
    assert [(r["neuron"], r["annotator"]) for r in rows] == [(6, "Ada"), (6, "Grace"), (9, "Ada")]
    row = rows[0]
    assert (row["concept"], row["proposed_concept"], row["decision"]) == ("dog 6", "dog 6", "accepted")
    automatic = small_project.verdicts.get(6)
    assert (row["modality"], row["automatic_modality"]) == ("textual", automatic.modality)
    assert (row["rating"], row["note"]) == (4, "=HYPERLINK(\"x\")\nzwei; 'drei'")
    examples = small_project.evidence.get(6).examples
    assert [(e["id"], e["sample_id"], e["score"]) for e in row["evidence"]] == [
        (e.evidence_id(6), e.sample_id, e.score) for e in examples
    ]
    assert row["verdict"]["score"] == automatic.score
    assert row["alignments"][0]["a"] == 0.31
    assert [h["title"] for h in row["history"]] == [
        "accept, neuron 6", "class textual, neuron 6", "rate 4, neuron 6", "note, neuron 6",
    ]  # fmt: skip
    assert row["history"][0]["seen"]["revealed"] is True
    assert row["provenance"]["layer"] == 2
    assert row["provenance"]["sae"]["source"] == "scenes-sae"
    assert row["provenance"]["project_id"] == small_project.meta.get("project_id")
    asked = {"id": run, "finished": None, "q": 0.05, "aligner_hash": "ab", "bank_hash": "cd"}
    assert row["provenance"]["runs"]["score"] == asked
    assert row["provenance"]["runs"]["extract"]["layer"] == 2
    assert row["provenance"]["runs"]["propose"] is None
    assert row["schema_version"] == 1
    assert (rows[2]["concept"], rows[2]["decision"]) == (None, "rejected")


def test_without_the_filter_every_neuron_with_evidence_is_there(small_project, tmp_path):
    review(small_project)
    export(small_project, tmp_path / "all.jsonl", "jsonl")
    rows = jsonl(tmp_path / "all.jsonl")
    assert sorted({r["neuron"] for r in rows}) == list(range(0, 300, 3))
    (twelve,) = [r for r in rows if r["neuron"] == 12]
    assert (twelve["rating"], twelve["decision"], twelve["concept"]) == (2, None, None)
    assert len(twelve["history"]) == 3
    (fifteen,) = [r for r in rows if r["neuron"] == 15]
    assert (fifteen["annotator"], fifteen["history"], fifteen["proposed_concept"]) == (None, [], "dog 15")


def test_csv_has_the_same_rows_and_no_formula(small_project, tmp_path):
    review(small_project)
    export(small_project, tmp_path / "out.csv", "csv", reviewed=True)
    rows = table(tmp_path / "out.csv")
    assert tuple(rows[0]) == tuple(column.name for column in COLUMNS)
    assert [(r["neuron"], r["annotator"]) for r in rows] == [("6", "Ada"), ("6", "Grace"), ("9", "Ada")]
    assert rows[0]["note"] == "'=HYPERLINK(\"x\")\nzwei; 'drei'"
    assert rows[1]["concept"] == "'@wet dog 🐕"
    assert (rows[0]["modality"], rows[0]["rating"]) == ("textual", "4")
    assert rows[0]["evidence_ids"].split("; ")[0] == small_project.evidence.get(6).examples[0].evidence_id(6)
    assert (rows[0]["layer"], rows[0]["sae"]) == ("2", "scenes-sae")
    assert not [cell for row in rows for cell in row.values() if cell.startswith(RISKY)]


@given(st.one_of(st.text(), st.tuples(st.sampled_from(RISKY), st.text()).map("".join)))
def test_no_text_begins_like_a_formula_and_none_is_lost(text):
    cell = safe(text)
    assert not cell.startswith(RISKY)
    assert cell in (text, "'" + text)
    assert (cell == text) != bool(GUARDED.match(text))


def test_numbers_stay_numbers():
    assert (safe(-0.5), safe(3), safe(math.nan)) == (-0.5, 3, "")


def test_a_file_that_is_there_is_kept_unless_forced(small_project, tmp_path):
    review(small_project)
    out = tmp_path / "out.csv"
    out.write_text("precious")
    with pytest.raises(UserError, match="is there already"):
        export(small_project, out, "csv")
    assert out.read_text() == "precious"
    export(small_project, out, "csv", reviewed=True, force=True)
    assert len(table(out)) == 3


def test_an_unknown_format_is_a_sentence(small_project, tmp_path):
    with pytest.raises(UserError, match="csv, html, hub, jsonl, neuronpedia, parquet, pdf"):
        export(small_project, tmp_path / "x", "xlsx")
    known = {one.name: one.suffix for one in formats()}
    assert list(known) == ["jsonl", "csv", "parquet", "html", "pdf", "neuronpedia", "hub"]
    assert [name for name, suffix in known.items() if not suffix] == ["neuronpedia", "hub"]


def test_a_missing_folder_is_a_sentence(small_project, tmp_path):
    with pytest.raises(UserError, match="could not be written"):
        export(small_project, tmp_path / "nowhere" / "x.csv", "csv")


def test_an_export_that_fails_leaves_nothing_and_the_old_file(small_project, tmp_path, monkeypatch):
    review(small_project)
    out = tmp_path / "out.jsonl"
    out.write_text("precious")

    def breaks(self):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(service.StoredRows, "__next__", breaks)
    with pytest.raises(UserError, match="no room"):
        export(small_project, out, "jsonl", force=True)
    assert out.read_text() == "precious"
    assert sorted(p.name for p in tmp_path.iterdir() if "out" in p.name) == ["out.jsonl"]
