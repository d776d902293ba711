"""A project to review, the window's parts round it, and patience."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def load(name: str):
    """A module beside this file; tests have no packages."""
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


load("scenes")
load("desk")


@pytest.fixture(scope="session")
def scenes_file(tmp_path_factory) -> Path:
    """A project of 40 neurons with pictures; copy it before writing."""
    from scenes import make_project

    return make_project(tmp_path_factory.mktemp("scenes") / "scenes.cstudio")


@pytest.fixture
def project_file(scenes_file, tmp_path) -> Path:
    """A copy of the project of the test's own."""
    return Path(shutil.copy(scenes_file, tmp_path / "scenes.cstudio"))


@pytest.fixture
def desk(qtbot, project_file):
    """The review view in a window, the project open, the first neuron in front."""
    from desk import Desk

    made = Desk(qtbot, project_file)
    made.open()
    yield made
    made.close()


@pytest.fixture
def bare_desk(qtbot, project_file):
    """The same, nothing opened yet."""
    from desk import Desk

    made = Desk(qtbot, project_file)
    yield made
    made.close()
