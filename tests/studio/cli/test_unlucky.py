"""Names, streams and files that nobody expects: still one sentence, and nothing that was there is lost."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from studio.cli.failures import run_safely
from studio.cli.main import cli
from studio.cli.say import visible
from studio.domain.shared import Policy
from studio.services.annotate import rate
from studio.services.policy import set_policy
from studio.storage.project import Project


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)

    def run(*words: object) -> tuple[int, str, str]:
        code = run_safely(cli, [str(word) for word in words])
        return code, *capsys.readouterr()

    return run


@pytest.fixture
def project(tmp_path: Path, small_file: Path) -> Path:
    return Path(shutil.copy(small_file, tmp_path / "p.cstudio"))


@pytest.mark.timeout(30)
def test_a_pipe_is_refused_without_waiting_for_what_it_says(say, tmp_path: Path, project: Path) -> None:
    os.mkfifo(tmp_path / "pipe.cstudio")
    os.mkfifo(tmp_path / "labels.csv")
    for words in (["info", "pipe.cstudio"], ["merge", "p.cstudio", "pipe.cstudio"]):
        code, _, err = say(*words)
        assert code == 2
        assert "pipe.cstudio is a pipe or a device" in err
    code, _, err = say("import", "p.cstudio", "labels.csv", "--as", "Ada")
    assert code == 2
    assert "labels.csv" in err


@pytest.mark.parametrize("words", [["export", "p.cstudio"], ["copy", "p.cstudio", "Ada"]], ids=lambda w: w[0])
def test_only_files_are_replaced(say, tmp_path: Path, project: Path, words: list[str]) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "one").symlink_to("two")
    (tmp_path / "two").symlink_to("one")
    for out in ("pipe", "one", "x" * 300, ".", ""):
        code, _, err = say(*words, "--out", out, "--force")
        assert code == 2
        assert err.startswith("concept-studio: ")
        assert err.count("\n") == 1
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["one", "p.cstudio", "pipe", "two"]


def test_a_copy_of_links_in_a_circle_is_not_merged(say, tmp_path: Path, project: Path) -> None:
    (tmp_path / "one").symlink_to("one")
    code, _, err = say("merge", "p.cstudio", "one")
    assert code == 2
    assert "one could not be read" in err


def test_a_copy_that_fails_leaves_the_one_before_it(
    say, tmp_path: Path, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And never one that shows what was to be hidden."""
    from studio.domain.errors import DiskFullError
    from studio.storage.events import Events

    with Project.open(project) as opened:
        rate(opened, "Bo", 3, 2)
        set_policy(opened, "Lead", Policy(blind=True))
    assert say("copy", "p.cstudio", "Ada", "--out", "ada.cstudio")[0] == 0
    before = (tmp_path / "ada.cstudio").read_bytes()

    def full(*_: object) -> None:
        raise DiskFullError("There is no room.")

    monkeypatch.setattr(Events, "note_left_out", full)
    code, _, err = say("copy", "p.cstudio", "Ada", "--out", "ada.cstudio", "--force")
    assert (code, err) == (2, "concept-studio: There is no room.\n")
    assert (tmp_path / "ada.cstudio").read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["ada.cstudio", "p.cstudio"]


def test_what_is_decided_in_another_project_is_not_replaced(say, tmp_path: Path, project: Path) -> None:
    other = Path(shutil.copy(project, tmp_path / "other.cstudio"))
    with Project.open(other) as opened:
        rate(opened, "Bo", 3, 2)
        code, _, err = say("copy", "p.cstudio", "Ada", "--out", "other.cstudio", "--force")
        assert (code, "open in another window" in err) == (2, True)
    code, _, err = say("export", "p.cstudio", "--out", "other.cstudio", "--force")
    assert (code, "which no export replaces" in err) == (2, True)
    with Project.open(other) as opened:
        assert opened.events.label("Bo", 3).rating == 2


def test_nothing_in_a_name_acts_on_the_terminal(say, project: Path) -> None:
    with Project.open(project) as opened:
        opened.meta.set("title", "\x1b[2Jcat\u202egod \ud83d 日本 👩\u200d🔬")
    code, out, _ = say("info", "p.cstudio")
    assert code == 0
    assert out.splitlines()[0] == r"\x1b[2Jcat\u202egod \ud83d 日本 👩" + "\u200d🔬 (p.cstudio)"
    code, _, err = say("info", "a\n\x1b[31mb.cstudio")
    assert (code, err) == (2, "concept-studio: There is no file a\\n\\x1b[31mb.cstudio. Check the name.\n")
    assert visible("ein Wort\tzwei") == "ein Wort\tzwei"


def test_a_terminal_of_another_encoding_gets_what_it_can_show(project: Path) -> None:
    with Project.open(project) as opened:
        opened.meta.set("title", "Große 日本")
    done = subprocess.run(
        [sys.executable, "-m", "studio.cli", "info", str(project)],
        env={**os.environ, "PYTHONIOENCODING": "latin-1"}, capture_output=True, check=True, timeout=120,
    )  # fmt: skip
    assert done.stdout.decode("latin-1").startswith(r"Große \u65e5\u672c (")


@pytest.mark.parametrize("words", [["info", "--nope"], ["causal", "--nope"], ["export", "--nope"], ["train"]])
def test_a_sentence_ends_once(say, words: list[str]) -> None:
    _, _, err = say(*words)
    assert "?." not in err
    assert "?)." not in err
    assert ".. " not in err
    assert f" Read `concept-studio {words[0]} --help`.\n" in err


def test_a_stop_while_the_program_is_read_is_no_traceback() -> None:
    stopped = """
import sys

class Stopped:
    def find_spec(self, name, path=None, target=None):
        if name == "studio.cli.answers":
            raise KeyboardInterrupt

sys.meta_path.insert(0, Stopped())
import studio.cli
"""
    done = subprocess.run([sys.executable, "-c", stopped], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (130, "concept-studio: Stopped.\n")
