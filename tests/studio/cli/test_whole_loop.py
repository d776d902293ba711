"""The whole loop through the command line, on the shipped networks and a few scenes."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import resources
from models.demo.folder import write_scenes

MODEL = str(resources.folder("demo", "llava-next-scenes"))
CLIP = str(resources.folder("demo", "clip-scenes"))
BANK = str(resources.folder("demo", "concepts.jsonl"))
OFFLINE = {**os.environ, "HF_HUB_OFFLINE": "1", "QT_QPA_PLATFORM": "offscreen", "DISPLAY": ""}


def studio(*arguments: object, code: int = 0) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "studio.cli", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, env=OFFLINE, timeout=240, check=False)
    assert done.returncode == code, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Scenes, an SAE and a scored project made by the commands a user would type."""
    folder = tmp_path_factory.mktemp("world")
    write_scenes(folder / "scenes", 80, 11, "test")
    common = ["--model", MODEL, "--data", folder / "scenes", "--layer", 2, "--batch-size", 16]
    size = ["--k", 16, "--latents", 256, "--tokens", 60_000, "--batch-tokens", 2048]
    studio("train", *common, *size, "--out", folder / "sae")
    project = folder / "loop.cstudio"
    studio("extract", project, *common, "--sae", folder / "sae", "--hookpoint", "layers.2")
    studio("propose", project, "--aligner", CLIP, "--bank", BANK)
    studio("score", project, "--aligner", CLIP, "--bank", BANK, "--background", 50)
    return folder


def test_info_counts_what_was_made(world: Path) -> None:
    found = json.loads(studio("info", world / "loop.cstudio", "--json").stdout)
    assert found["neurons"] == 256
    assert found["live"] > 50
    assert found["layer"] == 2
    assert found["samples"] > 50
    assert found["skipped"] == 0


REVIEW = """
    import sys, time
    from studio import api
    project = api.open_project(sys.argv[1]).__enter__()
    rows = [row for row in api.list_neurons(project)][:10]
    for row in rows:
        ids = tuple(e.evidence_id(row.neuron) for e in api.read_evidence(project, row.neuron).examples[:5])
        api.annotate(project, "A", row.neuron,
                     {"decision": "accepted", "concept": row.concept or "none",
                      "modality": "visual", "rating": 4},
                     api.Seen(evidence_ids=ids))
        print(row.neuron, flush=True)
    print("done", flush=True)
    time.sleep(600)
"""


def review_ten_and_kill(project: Path) -> list[int]:
    """Decide on ten neurons, then die without closing anything."""
    command = [sys.executable, "-c", textwrap.dedent(REVIEW), str(project)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=OFFLINE) as process:
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            if line.strip() == "done":
                break
            said.append(int(line))
        process.send_signal(signal.SIGKILL)
    return said


def test_ten_reviews_survive_a_kill_and_are_exported(world: Path) -> None:
    project = world / "loop.cstudio"
    reviewed = review_ten_and_kill(project)
    assert len(reviewed) == 10
    out = world / "reviewed.jsonl"
    studio("export", project, "--format", "jsonl", "--out", out, "--reviewed")
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert sorted(row["neuron"] for row in rows) == sorted(reviewed)
    for row in rows:
        assert row["modality"] == "visual"
        assert row["rating"] == 4
        assert row["concept"]
        assert row["evidence"]
        assert row["verdict"]["modality"] in {"visual", "textual", "multimodal", "unclear"}
        assert row["provenance"]["layer"] == 2
        assert row["history"][-1]["annotator"] == "A"
    studio("export", project, "--format", "csv", "--out", world / "reviewed.csv", "--reviewed")
    with (world / "reviewed.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == 10


def sentence(done: subprocess.CompletedProcess[str]) -> str:
    lines = [line for line in done.stderr.splitlines() if line.startswith("concept-studio: ")]
    assert lines, done.stderr
    return lines[-1]


def test_bad_input_is_a_sentence_and_exit_code_2(world: Path, tmp_path: Path) -> None:
    data = ["--data", world / "scenes"]
    sae = ["--sae", world / "sae", "--hookpoint", "layers.2"]
    new = tmp_path / "new.cstudio"
    said = sentence(studio("extract", new, "--model", MODEL, *data, "--layer", 40, *sae, code=2))
    assert "40" in said
    said = sentence(studio("extract", new, "--model", tmp_path / "no", *data, "--layer", 2, *sae, code=2))
    assert "no" in said
    said = sentence(
        studio("extract", new, "--model", MODEL, "--data", tmp_path / "gone", "--layer", 2, *sae, code=2)
    )
    assert "gone" in said
    foreign = tmp_path / "foreign.cstudio"
    foreign.write_bytes(os.urandom(5000))
    assert "foreign.cstudio" in sentence(studio("info", foreign, code=2))
    assert foreign.stat().st_size == 5000
    assert not new.exists()


def test_an_sae_of_another_width_is_refused(world: Path, tmp_path: Path) -> None:
    import torch
    from safetensors.torch import load_file, save_file

    from models.sae import load_sae, save_sae

    folder = tmp_path / "layers.2"
    save_sae(load_sae(world / "sae", "layers.2"), folder)
    tensors = load_file(folder / "sae.safetensors")
    config = json.loads((folder / "cfg.json").read_text())
    narrow = {
        name: (t[..., :96] if t.shape[-1] == config["d_in"] else t).contiguous()
        for name, t in tensors.items()
    }
    assert narrow["b_dec"].shape == torch.Size([96])
    save_file(narrow, folder / "sae.safetensors")
    (folder / "cfg.json").write_text(json.dumps({**config, "d_in": 96}))
    common = ["--model", MODEL, "--data", world / "scenes", "--layer", 2]
    done = studio("extract", tmp_path / "w.cstudio", *common, "--sae", tmp_path, code=2)
    assert "96" in sentence(done)
    assert "160" in sentence(done)
