"""Real X key events on an AZERTY and on a Cyrillic keyboard: digits without Shift, letters by their place."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from studio.services.projects import open_project

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
missing = [p for p in (*on_x.NEEDED, "setxkbmap") if shutil.which(p) is None]
pytestmark = [
    pytest.mark.xvfb,
    pytest.mark.skipif(bool(missing), reason=f"not installed: {', '.join(missing)}"),
]
#: X key codes: the places of V, 4, Z, R, M and Enter, whatever the layout writes there.
CODES = {"V": "55", "4": "13", "Z": "52", "M": "58", "Enter": "36", "F": "41"}


@pytest.fixture(scope="module")
def scenes_path(tmp_path_factory) -> Path:
    return load("scenes").make_project(tmp_path_factory.mktemp("layouts") / "scenes.cstudio")


@pytest.fixture
def project_file(scenes_path, tmp_path) -> Path:
    return Path(shutil.copy(scenes_path, tmp_path / "scenes.cstudio"))


def review(screen, project_file: Path, layout: str, places: list[str]) -> dict:
    """Press the keys at these places with a layout, return the first annotator's labels by neuron."""
    subprocess.run(["setxkbmap", "-layout", layout], env=screen, check=True)
    command = [sys.executable, "-m", "studio.cli", str(project_file)]
    studio = subprocess.Popen(command, env=screen, stderr=-3)
    try:
        on_x.say_who(screen, project_file)
        for place in places:
            on_x.press_until_saved(screen, CODES.get(place, place), project_file)
            time.sleep(0.3)
    finally:
        studio.kill()
        studio.wait()
    with open_project(project_file) as project:
        return {label.neuron: label for label in project.events.labels()}


def test_azerty_rates_without_shift_and_takes_letters_as_they_are_written(screen, project_file) -> None:
    labels = review(screen, project_file, "fr", ["4", "V", "Enter", "4", "F"])
    found = sorted(labels.values(), key=lambda label: not label.reviewed)
    assert [label.rating for label in found] == [4, 4]
    assert found[0].reviewed
    assert found[0].modality.value == "visual"
    assert found[1].flagged


def test_cyrillic_letters_act_by_their_place_and_undo_works(screen, project_file) -> None:
    labels = review(screen, project_file, "ru", ["V", "4", "F", "ctrl+52", "Enter"])
    (label,) = labels.values()
    assert label.reviewed
    assert label.rating == 4
    assert label.modality.value == "visual"
    assert not label.flagged
