"""Bad input on the command line: one sentence, exit code 2, nothing half-written; the rest goes on."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import pytest

import resources
from models.demo.folder import write_scenes
from models.sae import Trainer, save_sae
from models.sae.trainer_config import TrainerConfig
from studio import api
from studio.cli.failures import run_safely
from studio.cli.main import cli

MODEL = str(resources.folder("demo", "llava-next-scenes"))
CLIP = str(resources.folder("demo", "clip-scenes"))
LAYER, WIDTH = 2, 160


class World(NamedTuple):
    """A data folder with bad samples among good ones, and an SAE."""

    data: Path
    sae: Path


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("world")
    write_scenes(folder / "scenes", 6, 3, "test", questions_per_scene=1)
    (folder / "scenes" / "images" / "broken.png").write_bytes(b"no picture")
    with open(folder / "scenes" / "samples.jsonl", "a") as file:
        file.write('{"id": "gone", "image": "images/none.png", "question": "what ?", "answer": "no"}\n')
        file.write('{"id": "broken", "image": "images/broken.png", "question": "what ?", "answer": "no"}\n')
        file.write("{this is no JSON\n")
    save_sae(Trainer(WIDTH, TrainerConfig(k=4, num_latents=32)).sae(), folder / "sae" / f"layers.{LAYER}")
    return World(folder / "scenes", folder / "sae")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


class Said(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def sentence(self) -> str:
        """The only line that counts; there is no traceback and no usage text around it."""
        lines = [line for line in self.err.splitlines() if line.startswith("concept-studio: ")]
        assert len(lines) == 1, self.err
        assert "Traceback" not in self.err
        assert "Usage:" not in self.err
        return lines[0]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]):
    def run(*words: object) -> Said:
        code = run_safely(cli, [str(word) for word in words])
        return Said(code, *capsys.readouterr())

    return run


def extraction(file: str, world: World, **other: object) -> list[object]:
    given = {"model": MODEL, "data": world.data, "layer": LAYER, "sae": world.sae, **other}
    return ["extract", file, *(word for name, value in given.items() for word in (f"--{name}", value))]


def training(world: World, **other: object) -> list[object]:
    given = {"model": MODEL, "data": world.data, "layer": LAYER, "out": "new", "latents": 32, "k": 4, **other}
    return ["train", *(word for name, value in given.items() for word in (f"--{name}", value))]


def test_what_can_be_read_is_and_the_rest_is_named(say, world: World) -> None:
    done = say(*extraction("a.cstudio", world))
    assert done.code == 0
    assert "Left out gone: " in done.err
    assert "Left out: broken: " in done.out
    found = json.loads(say("info", "a.cstudio", "--json").out)
    assert found["skipped"] == 3
    assert [name for name, _ in found["left_out"]] == ["broken", "gone", "samples.jsonl:9"]
    assert all(reason for _, reason in found["left_out"])


def test_libraries_say_nothing_on_the_terminal(world: World) -> None:
    command = [sys.executable, "-m", "studio.cli", *map(str, extraction("q.cstudio", world, limit=2))]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=240)
    assert "Loading weights" not in done.stderr
    assert "0%|" not in done.stderr
    assert "Warning" not in done.stderr


def test_nothing_usable_is_an_error_and_leaves_nothing(say, world: World, here: Path) -> None:
    (here / "data").mkdir()
    lines = [{"id": str(i), "image": f"{i}.png", "question": "what ?", "answer": "no"} for i in range(3)]
    (here / "data" / "samples.jsonl").write_text("\n".join(map(json.dumps, lines)))
    done = say(*extraction("b.cstudio", world, data="data"))
    assert done.code == 2
    assert "None of the 3 samples" in done.sentence
    assert say(*training(world, data="data")).code == 2
    assert sorted(p.name for p in here.iterdir()) == ["data"]


@pytest.mark.parametrize(
    "other",
    [
        {"top": 0},
        {"batch-size": 0},
        {"batch-size": -1},
        {"seed": -1},
        {"layer": -1},
        {"layer": "x"},
        {"layer": 9},
        {"limit": 0},
        {"sae": "nowhere/at/all"},
        {"hookpoint": "layers.9"},
        {"model": "/no/such/folder"},
        {"data": "/no/such/folder"},
        {"device": "abacus"},
    ],
    ids=str,
)
def test_a_wrong_extraction_leaves_nothing(say, world: World, here: Path, other: dict[str, object]) -> None:
    done = say(*extraction("c.cstudio", world, **other))
    assert done.code == 2
    assert done.sentence
    assert list(here.iterdir()) == []


@pytest.mark.parametrize(
    "other",
    [{"k": 0}, {"k": 99}, {"tokens": 0}, {"batch-tokens": 0}, {"latents": -3}, {"lr": 0}, {"lr": "nan"}],
    ids=str,
)
def test_a_wrong_training_leaves_nothing(say, world: World, here: Path, other: dict[str, object]) -> None:
    done = say(*training(world, **other))
    assert done.code == 2
    assert done.sentence
    assert list(here.iterdir()) == []


@pytest.mark.parametrize(
    "words",
    [
        ("frobnicate", "x"),
        ("--bogus",),
        ("export", "x.cstudio"),
        ("export", "x.cstudio", "--out", "y", "--format", "xml"),
        ("info", "x.cstudio", "--bogus"),
        ("propose", "x.cstudio", "--aligner", CLIP, "--examples", "0"),
        ("score", "x.cstudio", "--aligner", CLIP, "--background", "0"),
        ("score", "x.cstudio", "--aligner", CLIP, "--q", "2"),
        ("info", "nowhere/x.cstudio"),
        ("x.cstudio", "y.cstudio"),
    ],
    ids=" ".join,
)
def test_a_wrong_command_is_one_sentence(say, here: Path, words: tuple[str, ...]) -> None:
    done = say(*words)
    assert done.code == 2
    assert done.sentence
    assert list(here.iterdir()) == []


def test_a_project_in_a_missing_folder_is_called_by_its_own_name(say, world: World) -> None:
    done = say(*extraction("nowhere/d.cstudio", world))
    assert done.code == 2
    assert ": d.cstudio could not be made" in done.sentence
    assert ".part" not in done.sentence


def test_an_export_never_replaces_the_project(say, here: Path) -> None:
    api.create_project("e.cstudio").close()
    (here / "link.jsonl").symlink_to("e.cstudio")
    os.link("e.cstudio", "hard.jsonl")
    for out in ("e.cstudio", here / "e.cstudio", "link.jsonl", "hard.jsonl"):
        done = say("export", "e.cstudio", "--out", out, "--force")
        assert done.code == 2
        assert "project itself" in done.sentence
    assert (here / "e.cstudio").read_bytes().startswith(b"SQLite format 3")
    assert say("info", "e.cstudio").code == 0


def test_a_failed_proposal_leaves_no_copy_of_the_project(say, here: Path) -> None:
    api.create_project("f.cstudio").close()
    assert say("propose", "f.cstudio", "--aligner", CLIP).code == 2
    assert say("propose", "f.cstudio", "--aligner", "/no/clip").code == 2
    assert [p.name for p in here.iterdir()] == ["f.cstudio"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize("what", ["model", "sae", "aligner"])
def test_without_a_network_it_is_said_within_seconds(
    say, world: World, here: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "ENDPOINT", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(here / "cache"))
    api.create_project("g.cstudio").close()
    words = {
        "model": extraction("h.cstudio", world, model="nobody/nothing"),
        "sae": extraction("h.cstudio", world, sae="nobody/nothing"),
        "aligner": ["propose", "g.cstudio", "--aligner", "nobody/nothing"],
    }[what]
    started = time.monotonic()
    done = say(*words)
    assert time.monotonic() - started < 100
    assert done.code == 2
    assert "nobody/nothing" in done.sentence
    assert not (here / "h.cstudio").exists()


def test_a_fault_of_ours_is_kept_without_secrets(
    say, monkeypatch: pytest.MonkeyPatch, own_settings: Path
) -> None:
    from studio.services import projects

    def breaks(*_: object) -> None:
        raise RuntimeError("Illegal header value b'Bearer hf_abcdefghijklmnop'")

    monkeypatch.setattr(projects, "open_project", breaks)
    for _ in range(3):
        done = say("info", "x.cstudio")
        assert done.code == 1
        assert "hf_" not in done.sentence
    reports = sorted((own_settings / "state" / "concept-studio").glob("crash-*.txt"))
    assert len(reports) == 3
    for report in reports:
        assert "RuntimeError" in report.read_text()
        assert "hf_" not in report.read_text()
        assert report.stat().st_mode & 0o077 == 0


def test_only_so_many_reports_are_kept(own_settings: Path) -> None:
    from studio.services import crash_reports

    for i in range(crash_reports.KEPT + 5):
        crash_reports.write_report(str(i))
    texts = [p.read_text() for p in sorted((own_settings / "state" / "concept-studio").glob("*"))]
    assert texts == [str(i) for i in range(5, crash_reports.KEPT + 5)]


def full_disk(folder: Path, size: str) -> bool:
    """Mount a small file system on `folder`; False where that is not allowed."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    return shutil.which("mount") is not None and not subprocess.run(command, capture_output=True).returncode


def test_a_full_disk_is_a_sentence_and_the_same_command_goes_on(say, world: World, here: Path) -> None:
    disk = here / "disk"
    if not full_disk(disk, "700k"):
        pytest.skip("mounting a small file system needs root")
    try:
        done = say(*extraction("disk/a.cstudio", world))
        assert done.code == 2
        assert "room" in done.sentence
        assert not (disk / "a.cstudio").exists()
        subprocess.run(["mount", "-o", "remount,size=40m", str(disk)], check=True)
        assert say(*extraction("disk/a.cstudio", world)).code == 0
        assert json.loads(say("info", "disk/a.cstudio", "--json").out)["samples"] > 0
    finally:
        subprocess.run(["umount", str(disk)], check=True)
