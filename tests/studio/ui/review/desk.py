"""The review view with runner, actions and themes, as the main window puts them together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMainWindow

from studio.services import projects
from studio.ui.action_list import make_registry
from studio.ui.job_runner import JobRunner
from studio.ui.review.view import ReviewView
from studio.ui.session import Session
from studio.ui.theme import ThemeKeeper


class Desk:
    """`view` is under test; `control` its controller; `ask` runs a function in the project's lane."""

    def __init__(self, qtbot: Any, path: Path, theme: str = "dark") -> None:
        self.qtbot, self.path = qtbot, path
        self.themes = ThemeKeeper(QApplication.instance(), theme)
        self.runner = JobRunner()
        self.actions = make_registry()
        self.window = QMainWindow()
        self.themes.setParent(self.window)
        self.actions.setParent(self.window)
        self.view = ReviewView(self.runner, self.actions, self.themes)
        self.control = self.view.controller
        self.window.setCentralWidget(self.view)
        self.actions.attach(self.window)
        self.saved: list[tuple[bool, str]] = []
        self.uncommitted: list[bool] = []
        self.view.saved.connect(lambda ok, text: self.saved.append((ok, text)))
        self.view.uncommitted.connect(self.uncommitted.append)
        self.runner.changes.connect(lambda changes: self.view.refresh(changes))

    def open(self, size: tuple[int, int] = (1440, 780), annotator: str = "Ada") -> None:
        """Open the project and wait for the first neuron."""
        self.window.resize(*size)
        self.window.show()
        self.runner.swap_project("open", projects.open_project, self.path)
        self.view.open_project(Session(self.path, "Scenes", annotator, None))
        self.settle()
        self.window.activateWindow()
        self.view.setFocus()

    def back(self) -> None:
        """The window is in front again after a dialog or a menu, the list has the keyboard."""
        self.window.activateWindow()
        self.view.setFocus()
        self.qtbot.waitUntil(lambda: QApplication.focusWidget() is self.view.neurons.table)

    def settle(self) -> None:
        """Wait until nothing is under way."""
        self.qtbot.waitUntil(self.quiet, timeout=10_000)
        self.qtbot.wait(1)
        self.qtbot.waitUntil(self.quiet, timeout=10_000)

    def quiet(self) -> bool:
        return self.runner.idle() and self.view.pictures.idle()

    def key(self, key: Qt.Key | str, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press a key where the focus is, and let what follows happen."""
        self.qtbot.keyClick(self.window.focusWidget() or self.window, key, modifier)
        self.settle()

    def ask(self, fn: Any, *args: Any) -> Any:
        """`fn(project, *args)` in the lane."""
        found: list[Any] = []
        self.runner.db("ask", fn, *args, done=found.append)
        self.qtbot.waitUntil(lambda: bool(found), timeout=10_000)
        return found[0]

    def label(self, neuron: int, annotator: str = "Ada") -> Any:
        """The label as it is in the project."""
        return self.ask(lambda project: project.events.label(annotator, neuron))

    def close(self) -> None:
        self.view.close_project()
        self.runner.shutdown()
        self.window.close()
        self.window.deleteLater()
        QApplication.sendPostedEvents()
