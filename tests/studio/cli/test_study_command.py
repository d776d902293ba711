"""`concept-studio study`: studies are called by a flag or a file; bad input is a sentence and exit code 2."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import resources
from studio.cli.failures import run_safely
from studio.cli.main import cli
from studio.domain.context import Quiet
from studio.services.planted import plant
from studio.services.planted_plan import PlantSpec

CLIP = str(resources.folder("demo", "clip-scenes"))
BANK = str(resources.folder("demo", "concepts.jsonl"))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("study") / "planted.cstudio"
    plant(PlantSpec(6, 200, 0.0, 0.0, seed=3), path, Quiet())
    return path


def run(*arguments: str) -> int:
    return run_safely(cli, ["study", *arguments])


def test_a_study_prints_its_findings_and_writes_the_report(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    common = [str(project), "--aligner", CLIP, "--bank", BANK, "--out", str(out), "--seeds", "1"]
    assert run(*common, "--methods", "ours, random", "--examples", "3") == 0
    said = capsys.readouterr().out
    assert f"The report is {out / 'report.html'}." in said
    assert "Image side, alignment: " in said
    assert "mask, no text context" not in said
    assert run(*common, "--examples", "3", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["runs"] == [0]
    assert found["provenance"]["settings"]["examples"] == 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("FILE", "--aligner", CLIP, "--methods", "ours,magic"), "no method “magic”"),
        (("FILE", "--aligner", CLIP, "--methods", "ours"), "at least one other"),
        (("FILE", "--seeds", "0"), "--seeds"),
        (("FILE",), "names no aligner"),
        (("FILE", "--aligner", "/nowhere/clip"), "clip"),
        (("FILE", "--aligner", CLIP, "--bank", "/nowhere/bank.txt"), "bank"),
        (("FILE", "--aligner", CLIP, "--out", "FILE"), "cannot be written"),
        (("missing.cstudio",), "missing.cstudio"),
        ((), "Missing argument 'FILE'"),
        (("--planted", "--neurons", "1"), "--neurons"),
    ],
)
def test_bad_input_is_a_sentence(
    project: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    assert run(*(str(project) if word == "FILE" else word for word in arguments)) == 2
    error = capsys.readouterr().err
    assert said in error
    assert "Traceback" not in error


def test_help_names_every_study(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--help") == 0
    said = capsys.readouterr().out
    for name in ("FILE", "--planted", "--superposition"):
        assert f"concept-studio study {name} [OPTIONS]" in said
    assert run("x.cstudio", "--help") == 0
    assert "--methods" in capsys.readouterr().out
