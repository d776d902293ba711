"""A window with the small project open, its neurons compared and placed on a map."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from PySide6.QtCore import Qt

from studio.domain.annotation import Seen
from studio.domain.modality import Modality
from studio.domain.shared import Policy
from studio.domain.similar import Likeness, Neighbours
from studio.services import annotate
from studio.services.policy import set_policy
from studio.services.reveal import reveal
from studio.storage.project import Project
from studio.storage.similar import SimilarTable


class Opened:
    """`window` with `path` open; `go` shows a page, `key` presses a key where the focus is."""

    def __init__(self, window, path, qtbot):
        self.window, self.path, self.qtbot = window, path, qtbot
        with qtbot.waitSignal(window.projects.opened, timeout=30_000):
            window.projects.open(path)
        window.projects.set_annotator("Ada")
        window.review.set_annotator("Ada")
        self.settle()

    @property
    def review(self):
        return self.window.review

    @property
    def current(self):
        return self.window.review.controller.current

    def go(self, action):
        self.window.actions_registry.action(action).trigger()
        self.settle()
        return self.window.pages.currentWidget()

    def key(self, key, modifier=Qt.KeyboardModifier.NoModifier):
        self.qtbot.keyClick(self.window.focusWidget() or self.window, key, modifier)
        self.settle()

    def settle(self):
        for _ in range(2):
            self.qtbot.wait(80)
            self.qtbot.waitUntil(lambda: self.window.runner.idle() and self.quiet(), timeout=30_000)

    def quiet(self):
        return self.window.review is None or self.window.review.pictures.idle()

    def ask(self, fn, *args):
        found = []
        self.window.runner.db("ask", fn, *args, done=found.append)
        self.qtbot.waitUntil(lambda: bool(found), timeout=30_000)
        return found[0]

    def reveal(self, neuron):
        """As a reviewer does it: first say something, then look."""
        self.ask(annotate.reject, "Ada", neuron, Seen())
        self.ask(annotate.classify, "Ada", neuron, Modality.UNCLEAR, Seen())
        self.ask(reveal, "Ada", neuron, ("proposal", "class"), Seen())
        self.settle()

    def label(self, neuron):
        return self.ask(lambda project: project.events.label("Ada", neuron))


def compared(path, blind=False):
    """Neighbours of neuron n: n + 3 and n + 6; the map a grid 20 wide."""
    with Project.open(path) as project:
        table, n = SimilarTable(project.database), project.neurons.count()
        index = (np.arange(n, dtype=np.int32)[:, None] + np.array([3, 6], np.int32)) % n
        value = np.broadcast_to(np.array([0.9, 0.5], np.float32), (n, 2))
        table.write(Likeness.DECODER, Neighbours(index, value, index * 0))
        table.write(Likeness.TOGETHER, Neighbours(index[:, ::-1], value, index * 0 + 7))
        table.write_map(np.array([[i % 20, -(i // 20)] for i in range(n)], np.float32))
        if blind:
            set_policy(project, "Bo", Policy(blind=True, lead="Bo"))
    return path


@pytest.fixture
def plain(window, qtbot, small_file, tmp_path):
    """Neither neighbours nor a map."""
    return Opened(window, shutil.copy(small_file, tmp_path / "small.cstudio"), qtbot)


@pytest.fixture
def opened(window, qtbot, small_file, tmp_path):
    return Opened(window, compared(shutil.copy(small_file, tmp_path / "small.cstudio")), qtbot)


@pytest.fixture
def blind(window, qtbot, small_file, tmp_path):
    """The same, reviewed blind by Ada."""
    return Opened(window, compared(shutil.copy(small_file, tmp_path / "small.cstudio"), blind=True), qtbot)
