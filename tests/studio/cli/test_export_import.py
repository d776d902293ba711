"""`export` and `import` on the command line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from studio import api
from studio.cli.failures import run_safely
from studio.cli.main import cli


@pytest.fixture
def project(small_file: Path, tmp_path: Path) -> str:
    path = shutil.copy(small_file, tmp_path / "p.cstudio")
    with api.open_project(path) as opened:
        for person, kind in (("Ada", "visual"), ("Bo", "textual")):
            for neuron in (6, 9):
                new = {
                    "decision": "accepted",
                    "concept": "dog",
                    "modality": kind if neuron == 6 else "visual",
                }
                api.annotate(opened, person, neuron, new)
    return str(path)


def run(capfd: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    code = run_safely(cli, [str(word) for word in words])
    said = capfd.readouterr()
    return code, said.out, said.err


def test_filters(project: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "o.jsonl"

    def rows(*filters: str) -> list[tuple[int, str]]:
        code, said, _ = run(capfd, "export", project, "--out", out, "--force", *filters)
        found = [json.loads(line) for line in out.read_text().splitlines()]
        assert code == 0
        assert said.startswith(f"{len(found)} row")
        return [(row["neuron"], row["annotator"]) for row in found]

    assert rows("--reviewed") == [(6, "Ada"), (6, "Bo"), (9, "Ada"), (9, "Bo")]
    assert rows("--reviewed", "--class", "textual") == [(6, "Bo")]
    assert rows("--reviewed", "--min-agreement", "0.8") == [(9, "Ada"), (9, "Bo")]
    assert rows("--annotator", "Bo", "--class", "visual", "--class", "textual") == [(6, "Bo"), (9, "Bo")]
    assert rows("--adjudicated") == []


@pytest.mark.parametrize("form", ["csv", "parquet", "html", "pdf", "neuronpedia", "hub"])
def test_every_format(
    project: str, tmp_path: Path, capfd: pytest.CaptureFixture[str], form: str, qapp
) -> None:
    code, said, _ = run(capfd, "export", project, "--format", form, "--out", tmp_path / "o", "--reviewed")
    assert (code, said) == (0, f"4 rows written to {tmp_path / 'o'}.\n")
    assert (tmp_path / "o").is_dir() == (form in ("neuronpedia", "hub"))


@pytest.mark.parametrize(
    "words",
    [
        ("--format", "xml"),
        ("--class", "smell"),
        ("--min-agreement", "2"),
        ("--push", "ada/x"),
        ("--format", "hub", "--push", "nobody"),
        ("--format", "hub", "--license", "a b"),
    ],
)
def test_wrong_words_write_nothing(
    project: str, tmp_path: Path, capfd: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    code, _, err = run(capfd, "export", project, "--out", tmp_path / "o", *words)
    assert code == 2
    assert "Traceback" not in err
    assert [p.name for p in tmp_path.iterdir()] == ["p.cstudio"]


def test_import_says_what_it_does(project: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    labels = tmp_path / "l.csv"
    labels.write_text("neuron,rating\n6,4\n12,5\n")
    code, said, _ = run(capfd, "import", project, labels, "--as", "Bo", "--dry-run")
    assert (code, said) == (0, "1 new, 1 changed, 0 the same, 0 unknown. Nothing was changed.\n")
    assert run(capfd, "import", project, labels, "--as", "Bo")[0] == 0
    assert run(capfd, "import", project, labels, "--as", "Bo")[1].startswith("0 new, 0 changed, 2 the same")
    labels.write_text("neuron,rating\n6,9\n")
    code, _, err = run(capfd, "import", project, labels, "--as", "Bo")
    assert code == 2
    assert "nothing was changed. Line 2: A rating is a whole number from 1 to 5, not 9." in err
    with api.open_project(project) as opened:
        assert {x.neuron: x.rating for x in api.read_labels(opened, "Bo")} == {6: 4, 9: None, 12: 5}
