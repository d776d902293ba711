"""A data set without a picture goes the whole way by the commands; `preview` says what a run then does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

import resources
from studio import api
from studio.cli.failures import run_safely
from studio.cli.main import cli

MODEL = str(resources.folder("demo", "llava-next-scenes"))
CLIP = str(resources.folder("demo", "clip-scenes"))
WORDS = ("cat", "red", "left", "piano", "top", "fruit", "banana", "scarf")


def run(capsys: pytest.CaptureFixture[str], *arguments: object, code: int = 0) -> str:
    ended = run_safely(cli, [str(argument) for argument in arguments])
    said = capsys.readouterr()
    assert ended == code, said.err
    assert "Traceback" not in said.out + said.err
    return said.out if code == 0 else said.err


def write(folder: Path, *rows: dict[str, object]) -> Path:
    folder.mkdir()
    (folder / "samples.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return folder


def text(n: int) -> dict[str, object]:
    question = f"is the {WORDS[n % 8]} {WORDS[(3 * n + 1) % 8]} ?"
    return {"id": f"t{n}", "question": question, "answer": WORDS[n % 5]}


def test_text_alone_goes_the_whole_way(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, project = write(tmp_path / "texts", *map(text, range(40))), tmp_path / "text.cstudio"
    bank = tmp_path / "bank.txt"
    bank.write_text("\n".join(WORDS))
    common = ["--model", MODEL, "--data", data, "--layer", 2]
    size = ["--k", 4, "--latents", 32, "--tokens", 2000, "--batch-tokens", 256]
    run(capsys, "train", *common, *size, "--out", tmp_path / "sae")
    run(capsys, "extract", project, *common, "--sae", tmp_path / "sae", "--hookpoint", "layers.2")
    run(capsys, "propose", project, "--aligner", CLIP, "--bank", bank)
    run(capsys, "score", project, "--aligner", CLIP, "--bank", bank, "--background", 10)
    run(capsys, "causal", project)
    found = json.loads(run(capsys, "info", project, "--json"))
    assert (found["neurons"], found["skipped"]) == (32, 0)
    assert found["live"] > 5
    assert found["classes"]["visual"] == found["classes"]["multimodal"] == 0
    with api.open_project(project) as opened:
        live = [
            row.neuron for row in api.list_neurons(opened) if api.read_evidence(opened, row.neuron).examples
        ]
        assert len(live) == found["live"]
        examples = [e for neuron in live for e in api.read_evidence(opened, neuron).examples]
        samples = opened.samples.get({e.sample_id for e in examples})
        assert {e.side.value for e in examples} == {"text"}
        assert all(s.picture is None and len(s.boxes) == 0 and s.tokens for s in samples.values())
    for form in ("jsonl", "html"):
        run(capsys, "export", project, "--format", form, "--out", tmp_path / f"out.{form}")


def test_the_preview_lists_what_the_run_leaves_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        text(0),
        {**text(1), "image": "a.png"},
        {**text(2), "image": ["a.png", "a.png"]},
        {**text(3), "image": "gone.png"},
        text(0),
    ]
    data, project = write(tmp_path / "mixed", *rows), tmp_path / "mixed.cstudio"
    Image.new("RGB", (60, 40), "red").save(data / "a.png")
    said = run(capsys, "preview", data, "--model", MODEL)
    assert "  question: question" in said
    assert "t1 (picture 60 x 40, " in said
    assert "t0 (text only" in said
    assert "Ids that were there before: 1." in said
    found = json.loads(run(capsys, "preview", data, "--model", MODEL, "--json"))
    common = ["--model", MODEL, "--data", data, "--layer", 2]
    size = ["--k", 4, "--latents", 32, "--tokens", 500, "--batch-tokens", 64]
    run(capsys, "train", *common, *size, "--out", tmp_path / "sae")
    run(capsys, "extract", project, *common, "--sae", tmp_path / "sae", "--hookpoint", "layers.2")
    made = json.loads(run(capsys, "info", project, "--json"))
    previewed = sorted([item["id"], item["reason"]] for item in found["skipped"])
    assert previewed == sorted(made["left_out"])
    assert [name for name, _ in previewed] == ["t3"]


def test_a_bad_preview_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = write(tmp_path / "data", text(0))
    assert "COLUMN=FIELD" in run(capsys, "preview", data, "--column", "question=colour", code=2)
    assert "no folder" in run(capsys, "preview", tmp_path / "none", code=2)
    assert "no model" in run(capsys, "preview", data, "--model", tmp_path, code=2)
    assert "is no split" in run(capsys, "preview", data, "--split", "a b", code=2)
    assert "(not used)" in run(capsys, "preview", data, "--column", "answer=")
