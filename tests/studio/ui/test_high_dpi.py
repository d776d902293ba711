"""A screen of twice the pixels: the same window, drawn with twice the detail."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCENES = Path(__file__).parent / "review" / "scenes.py"
LOOK = """
import json, sys
from pathlib import Path
from studio.app import make_application, make_window
from studio.ui.picture import settle

window = make_window(make_application(), "light")
window.resize(1200, 760)
window.show()
window.projects.open(Path(sys.argv[1]))
settle(window)
grid = window.review.evidence.grid
key = grid.order(grid.shots[0]).key
drawn = window.grab().toImage()
found = {
    "ratio": window.devicePixelRatioF(),
    "window": [window.width(), window.height()],
    "cell": grid.shape.cell,
    "tile": max(key.width, key.height),
    "drawn": [drawn.width(), drawn.height()],
}
window.close()
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    spec = importlib.util.spec_from_file_location("scenes_dpi", SCENES)
    module = sys.modules["scenes_dpi"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module.make_project(tmp_path_factory.mktemp("made") / "scenes.cstudio", 4, 24)
    del sys.modules["scenes_dpi"]


def seen(project, home, factor):
    """What a window says of itself in a program of its own: the factor is read once, at its start."""
    own = {"QT_SCALE_FACTOR": str(factor), "QT_QPA_PLATFORM": "offscreen", "XDG_CONFIG_HOME": str(home)}
    run = [sys.executable, "-c", LOOK, str(project)]
    done = subprocess.run(run, env=os.environ | own, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_pictures_have_the_pixels_of_the_screen(project, tmp_path):
    usual, fine = seen(project, tmp_path / "1", 1), seen(project, tmp_path / "2", 2)
    assert (usual["ratio"], fine["ratio"]) == (1, 2)
    assert (usual["window"], usual["cell"]) == (fine["window"], fine["cell"])
    assert fine["tile"] == 2 * fine["cell"]
    assert usual["tile"] == usual["cell"]
    assert fine["drawn"] == [2 * length for length in usual["drawn"]]
