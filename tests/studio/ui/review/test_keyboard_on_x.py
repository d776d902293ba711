"""A reviewer at a real X server with a window manager: ten decisions by keyboard, then a kill.

The keys are X events (xdotool), so focus, shortcuts and the typing guard are those of a user's session.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from studio.services.projects import open_project

NEEDED = ("Xvfb", "openbox", "xdotool")
missing = [program for program in NEEDED if shutil.which(program) is None]
pytestmark = [
    pytest.mark.xvfb,
    pytest.mark.skipif(bool(missing), reason=f"not installed: {', '.join(missing)}"),
]


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[dict[str, str]]:
    """An X server of the test's own with a window manager; yields the environment for its programs."""
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1440x900x24"], pass_fds=[write], stderr=-3
    )
    os.close(write)
    with os.fdopen(read) as number:
        display = f":{number.readline().strip()}"
    home = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "config"), "DISPLAY": display}
    environment = {**os.environ, **home, "QT_QPA_PLATFORM": "xcb"}
    manager = subprocess.Popen(["openbox"], env=environment, stdout=-3, stderr=-3)
    yield environment
    for process in (manager, server):
        process.kill()
        process.wait()


def press(environment: dict[str, str], *words: str) -> None:
    subprocess.run(["xdotool", *words], env=environment, check=True)


def wait_for_window(environment: dict[str, str], title: str) -> None:
    """Wait until a window of this title is there, and give it the keyboard. Windows come and go while one
    looks, so a look that fails is repeated."""
    until = time.monotonic() + 180
    while not looked(environment, title, "windowfocus", "--sync"):
        assert time.monotonic() < until, f"no window is called {title}"
        time.sleep(0.1)


def looked(environment: dict[str, str], title: str, *then: str) -> bool:
    """Whether a window of this title is there, and what was to be done with it was. A window that goes at
    that moment lets xdotool wait for ever."""
    search = ["xdotool", "search", "--onlyvisible", "--name", title, *then]
    try:
        return subprocess.run(search, env=environment, capture_output=True, timeout=20).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def say_who(environment: dict[str, str], project: Path, name: str = "") -> None:
    """Answer who is reviewing (the name that is proposed, or `name`), and wait until the window is still."""
    wait_for_window(environment, "Who is reviewing")
    if name:
        press(environment, "key", "ctrl+a", "type", name)
    for _ in range(6):
        press(environment, "key", "Return")
        if gone(environment, "Who is reviewing"):
            break
    wait_for_window(environment, project.name)
    wait_until_still(project)


def gone(environment: dict[str, str], title: str) -> bool:
    """Whether a window goes away within some seconds."""
    until = time.monotonic() + 15
    while time.monotonic() < until:
        if not looked(environment, title):
            return True
        time.sleep(0.2)
    return False


def wait_until_still(project: Path) -> None:
    """Wait until nothing was written for a second: the search index is filled while nobody works, and what it
    writes must not be taken for a decision."""
    log, until = project.with_name(project.name + "-wal"), time.monotonic() + 60
    seen, since = -1, time.monotonic()
    while time.monotonic() - since < 1.0 and time.monotonic() < until:
        now = log.stat().st_mtime_ns if log.exists() else 0
        if now != seen:
            seen, since = now, time.monotonic()
        time.sleep(0.05)


def acts_in(project: Path) -> int:
    """Decisions in the file, counted in a copy of it: the file itself is locked. A copy that was taken while
    it was written may be torn; then another one is."""
    for _ in range(100):
        try:
            with tempfile.TemporaryDirectory() as folder:
                for part in (project, project.with_name(project.name + "-wal")):
                    if part.exists():
                        shutil.copy(part, folder)
                with closing(sqlite3.connect(Path(folder) / project.name)) as file:
                    return file.execute("select count(*) from event where kind<>'reveal'").fetchone()[0]
        except (sqlite3.DatabaseError, OSError):
            time.sleep(0.1)
    raise AssertionError("the file cannot be read")


def press_until_saved(environment: dict[str, str], key: str, project: Path) -> None:
    """Press a key and wait for its decision. One on a neuron that is not on screen yet is none, and on a busy
    machine that takes a while: then the key is pressed again, as a person would."""
    before = acts_in(project)
    for _ in range(6):
        press(environment, "key", key)
        until = time.monotonic() + 12
        while time.monotonic() < until:
            if acts_in(project) != before:
                return
            time.sleep(0.02)
    raise AssertionError(f"{key} was pressed and nothing was saved")


def test_ten_neurons_by_keyboard_survive_a_kill(screen: dict[str, str], project_file: Path) -> None:
    command = [sys.executable, "-m", "studio.cli", str(project_file)]
    studio = subprocess.Popen(command, env=screen, stdout=-3, stderr=subprocess.PIPE, text=True)
    try:
        say_who(screen, project_file, "Ada")
        for _ in range(10):
            for key in ("m", "KP_4", "Return"):
                press_until_saved(screen, key, project_file)
            time.sleep(0.4)
    finally:
        studio.kill()
        said = studio.communicate()[1]
    with open_project(project_file) as project:
        labels = [label for label in project.events.labels("Ada") if label.reviewed]
    assert len(labels) == 10, said
    assert {label.modality and label.modality.value for label in labels} == {"multimodal"}
    assert {label.rating for label in labels} == {4}


def test_letters_typed_into_the_search_field_decide_nothing(
    screen: dict[str, str], project_file: Path
) -> None:
    studio = subprocess.Popen([sys.executable, "-m", "studio.cli", str(project_file)], env=screen, stderr=-3)
    try:
        say_who(screen, project_file)
        press(screen, "key", "ctrl+f")
        press(screen, "type", "exsfvtmuqwab1234567890")
        time.sleep(1.0)
    finally:
        studio.kill()
        studio.wait()
    with open_project(project_file) as project:
        assert project.events.count() == 0


def test_twenty_neurons_with_the_keys_of_the_overlay(screen: dict[str, str], project_file: Path) -> None:
    """Somebody who has read the overlay and nothing else."""
    command = [sys.executable, "-m", "studio.cli", str(project_file)]
    studio = subprocess.Popen(command, env=screen, stdout=-3, stderr=subprocess.PIPE, text=True)
    saved = press_until_saved
    try:
        say_who(screen, project_file, "Ada")
        press(screen, "key", "question")
        time.sleep(0.5)
        press(screen, "key", "x")  # closes the overlay, and rejects nothing
        time.sleep(0.5)
        for number in range(20):
            saved(screen, "vtmu"[number % 4], project_file)
            saved(screen, str(1 + number % 5), project_file)
            saved(screen, "x" if number % 5 == 4 else "Return", project_file)
            time.sleep(0.3)
    finally:
        studio.kill()
        said = studio.communicate()[1]
    with open_project(project_file) as project:
        labels = [label for label in project.events.labels("Ada") if label.reviewed]
    assert len(labels) == 20, said
    assert sum(label.decision.value == "rejected" for label in labels) == 4
    assert all(label.rating and label.modality for label in labels)
