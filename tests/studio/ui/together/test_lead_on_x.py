"""The lead's whole course at a real X server, with the keyboard alone: from the copies that came back to the
export. What was done is read from the project file."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from studio.services.annotate import accept, rate, reject
from studio.services.projects import open_project
from studio.storage.project import Project

REVIEW = Path(__file__).parents[1] / "review"


def load(name: str):
    """A module of the review's tests; tests have no packages."""
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, REVIEW / f"{name}.py")
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


on_x = load("test_keyboard_on_x")
screen = on_x.screen
pytestmark = on_x.pytestmark


@pytest.fixture
def lead_file(tmp_path) -> Path:
    """The lead's project; the copies of Ada and Bo lie beside it. They differ on neurons 1 and 2."""
    path = load("scenes").make_project(tmp_path / "lead.cstudio", 12, 24)
    for who, concept in (("Ada", "dog"), ("Bo", "cat")):
        copy = shutil.copy(path, tmp_path / f"{who}.cstudio")
        with Project.open(copy) as project:
            accept(project, who, 1, concept)
            reject(project, who, 2) if who == "Bo" else accept(project, who, 2, concept)
            accept(project, who, 3, "tree")
            rate(project, who, 3, 4)
    return path


class Lead:
    """Presses keys, and looks at windows and at the file."""

    def __init__(self, environment: dict[str, str], path: Path, studio: subprocess.Popen) -> None:
        self._environment, self._path, self._studio = environment, path, studio

    def keys(self, *names: str) -> None:
        for name in names:
            on_x.press(self._environment, "key", name)
            time.sleep(0.15)

    def type(self, text: str) -> None:
        on_x.press(self._environment, "type", "--delay", "12", text)

    def window(self, title: str) -> None:
        """Wait until a window of this title is there and has the keyboard."""
        on_x.wait_for_window(self._environment, title)
        time.sleep(0.3)

    def there(self, title: str) -> bool:
        search = ["xdotool", "search", "--onlyvisible", "--name", title]
        return subprocess.run(search, env=self._environment, capture_output=True).returncode == 0

    def until(self, done: Callable[[], bool], *names: str) -> None:
        """Press keys until something holds. Keys on what is not there yet do nothing, as for a person."""
        for _ in range(8):
            self.keys(*names)
            end = time.monotonic() + 12
            while time.monotonic() < end:
                if done():
                    return
                time.sleep(0.05)
        raise AssertionError(f"{names} were pressed and nothing came of it")

    def opened(self, title: str, *names: str) -> None:
        """Press keys until a dialog is there."""
        self.until(lambda: self.there(title), *names)
        self.window(title)

    def count(self) -> int:
        """Decisions and comments in the project."""
        return on_x.acts_in(self._path)

    def quit(self) -> None:
        """The window goes, and the program with it."""
        self.keys("ctrl+q")
        assert self._studio.wait(timeout=60) == 0

    def saved(self, *names: str) -> None:
        """Press keys until something more was saved."""
        before = self.count()
        self.until(lambda: self.count() > before, *names)


@pytest.fixture
def lead(screen, lead_file):
    studio = subprocess.Popen([sys.executable, "-m", "studio.cli"], env=screen, stdout=-3, stderr=-3)
    yield Lead(screen, lead_file, studio)
    studio.kill()
    studio.wait()


def test_from_copies_to_the_export_by_keyboard_alone(screen, lead, lead_file):
    lead.window("Concept Studio")
    lead.opened("Open a project", "ctrl+o")
    lead.type(str(lead_file))
    lead.keys("Return")
    on_x.say_who(screen, lead_file, "Lead")

    lead.opened("Merge copies", "alt+f", "m")
    lead.opened("Copies to merge", "space")
    lead.type('"Ada.cstudio" "Bo.cstudio"')
    lead.keys("Return")
    lead.window("Merge copies")
    lead.until(lambda: lead.count() > 0, "Return")
    lead.until(lambda: not lead.there("Merge copies"), "Return")  # the conflicts: Adjudicate has the focus
    lead.window(lead_file.name)

    lead.saved("2")
    lead.saved("x")
    lead.saved("ctrl+z")
    lead.keys("e")
    lead.type("2 dogs in the snow")
    lead.saved("Return")

    lead.keys("o")
    lead.opened("Gold neuron", "alt+n", "g")
    lead.keys("ctrl+a")
    lead.type("dog")
    lead.saved("Return")
    lead.window(lead_file.name)

    lead.keys("g", "space")
    lead.type("Rate what the regions show, x and 1 too")
    lead.saved("ctrl+Return")

    lead.keys("ctrl+7")
    lead.opened("Save the table", "ctrl+7", "Tab", "Tab", "space")
    lead.keys("Return")
    table = lead_file.with_name("lead-agreement.csv")
    lead.until(lambda: table.exists() and table.stat().st_size > 0)
    lead.window(lead_file.name)

    lead.opened("Export", "ctrl+shift+e")
    lead.keys("Tab", "Tab", "space")
    out = lead_file.with_suffix(".jsonl")
    lead.until(lambda: out.exists() and not lead.there("Export"), "Return")
    lead.window(lead_file.name)
    lead.quit()

    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert {row["neuron"]: row["concept"] for row in rows} == {1: "cat", 2: "2 dogs in the snow"}
    with open_project(lead_file) as project:
        finals = project.events.finals()
        assert {n: (f.picked, f.by) for n, f in finals.items()} == {1: ("Bo", "Lead"), 2: ("", "Lead")}
        assert [gold.concept for gold in project.events.golds().values()] == ["dog"]
        assert [g.text for g in project.events.guidelines()] == ["Rate what the regions show, x and 1 too"]
        assert not any(label.reviewed for label in project.events.labels("Lead"))
    assert "alpha" in table.read_text(encoding="utf-8")
