"""Data of texts alone, and of pictures alone: every step ends with a result, or with a sentence."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import resources
from models.demo.folder import write_scenes
from models.sae import Trainer, save_sae
from models.sae.trainer_config import TrainerConfig
from studio.cli.failures import run_safely
from studio.cli.main import cli
from studio.domain.modality import Modality, TokenKind
from studio.storage.project import Project

MODEL = str(resources.folder("demo", "llava-next-scenes"))
ALIGNED = (
    *("--aligner", str(resources.folder("demo", "clip-scenes"))),
    *("--bank", str(resources.folder("demo", "concepts.jsonl"))),
)
SAMPLES = 8
SIDES = {"text": TokenKind.TEXT, "picture": TokenKind.IMAGE}
CLASS = {"text": Modality.VISUAL, "picture": Modality.TEXTUAL}


@pytest.fixture(scope="module", params=sorted(SIDES))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def project(kind: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project from data that has one side only, named and scored."""
    folder = tmp_path_factory.mktemp(kind)
    write_scenes(folder / "scenes", SAMPLES, 3, "test", questions_per_scene=1)
    (folder / "data").mkdir()
    if kind == "picture":
        shutil.copytree(folder / "scenes" / "images", folder / "data" / "images")
    lines = [json.loads(x) for x in (folder / "scenes" / "samples.jsonl").read_text().splitlines()]
    kept = [{k: v for k, v in x.items() if k == "id" or (k == "image") is (kind == "picture")} for x in lines]
    (folder / "data" / "samples.jsonl").write_text("\n".join(map(json.dumps, kept)))
    save_sae(Trainer(160, TrainerConfig(k=8, num_latents=48)).sae(), folder / "sae" / "layers.2")
    made = folder / "p.cstudio"
    given = {"--model": MODEL, "--data": folder / "data", "--layer": 2, "--sae": folder / "sae"}
    for words in (
        ("extract", made, *(word for pair in given.items() for word in pair)),
        ("propose", made, *ALIGNED),
        ("score", made, *ALIGNED),
    ):
        assert run_safely(cli, [str(word) for word in words]) == 0
    return made


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    def run(*words: object) -> tuple[int, str]:
        code = run_safely(cli, [str(word) for word in words])
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return code, said.out + said.err

    return run


def test_the_missing_side_has_no_activation_and_no_concept(project: Path, kind: str) -> None:
    with Project.open(project) as found:
        stats = found.neurons.stats()
        there, gone = (stats.text, stats.image) if kind == "text" else (stats.image, stats.text)
        assert there.tokens.sum() > 0 == gone.tokens.sum()
        assert {p.side for p in found.proposals.all()} == {SIDES[kind]}
        assert {a.side for a in found.alignments.all()} == {SIDES[kind]}
        verdicts = found.verdicts.all()
        assert len(verdicts) == int((there.tokens > 0).sum())
        assert not {v.modality for v in verdicts} & {CLASS[kind], Modality.MULTIMODAL}


def test_there_is_nothing_to_take_away(project: Path, say: Any) -> None:
    code, said = say("causal", project)
    assert code == 0
    assert "No sample has both a picture and a text" in said
    assert "It needs samples that have both" in said


def test_answers_need_a_question(project: Path, kind: str, say: Any) -> None:
    code, said = say("answers", project)
    assert code == (0 if kind == "text" else 2)
    assert (f"{SAMPLES} questions" if kind == "text" else "No sample has a question") in said


def test_scorers_say_what_they_cannot_score(project: Path, kind: str, say: Any) -> None:
    code, said = say("scorers", project, "--scorers", "clip,detection", *ALIGNED)
    assert code == 0
    assert "detection: " in said
    assert ("clip: no scores" in said) is (kind == "text")
    if kind == "text":
        code, said = say("scorers", project, "--scorers", "monosemanticity", *ALIGNED)
        assert code == 2
        assert "has no pictures" in said


def test_a_study_compares_the_side_there_is(project: Path, kind: str, say: Any, tmp_path: Path) -> None:
    """Examples are fewer than asked for: what there is, is parted and counted."""
    words = ("study", project, "--seeds", 2, "--examples", SAMPLES, "--out", tmp_path / "out")
    code, said = say(*words)
    assert code == 0
    other = {"text": "Image", "picture": "Text"}[kind]
    assert f"{other} side: “random evidence” was not compared with ours" in said
    found = json.loads((tmp_path / "out" / "study.json").read_text())
    assert found["neurons"][SIDES[kind].value] > 0
    assert found["neurons"][{"text": "image", "picture": "text"}[kind]] == 0
    report = (tmp_path / "out" / "report.html").read_text()
    assert "no neuron has a score from both methods" in report
