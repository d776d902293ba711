"""The window as a program: `run` shows it, `render_window` draws it off screen."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from multiprocessing import freeze_support
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from studio.ui.main_window import MainWindow


def run(file: Path | str | None = None, demo: Path | str | None = None) -> int:
    """Show the window, on the project `file` or on the demo in the folder `demo`, until it is closed.

    Returns the exit code. Nothing here imports torch.
    """
    freeze_support()
    app = make_application()
    from studio.ui.errors import CrashHook
    from studio.ui.single import OnlyWindow, hand_over, server_name

    path = None if file is None else Path(file).expanduser().absolute()
    if demo is None and hand_over(path, server_name()):
        return 0
    use_cache()

    # Ctrl+C in the terminal ends the program at once: every decision is in the file already.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    hook = CrashHook(app)
    hook.install()
    window = make_window(app)
    hook.crashed.connect(window.acts.show_error)
    window.show()
    only = OnlyWindow(server_name(), window)
    only.asked.connect(window.called)
    only.listen()
    if path is not None:
        window.projects.open(path)
    elif demo is not None:
        window.projects.open_demo(Path(demo).expanduser().absolute())
    try:
        return app.exec()
    finally:
        only.close()
        window.runner.shutdown()
        hook.remove()


def use_cache() -> None:
    """Let the libraries that download models use the folder of the settings; the child inherits it."""
    from studio.ui.settings import Settings

    folder = Settings().cache
    if folder:
        os.environ["HF_HOME"] = folder


def make_application() -> QApplication:
    """The one QApplication, named so that its settings are found again."""
    from PySide6.QtWidgets import QApplication

    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = QApplication(sys.argv[:1])
    app.setApplicationName("concept-studio")
    app.setApplicationDisplayName("Concept Studio")
    app.setDesktopFileName("concept-studio")
    return app


def make_window(app: QApplication, theme: str | None = None) -> MainWindow:
    """A window with its lanes, not yet shown. `theme` overrules the settings for this one."""
    from studio.ui.action_list import make_registry
    from studio.ui.job_runner import JobRunner
    from studio.ui.main_window import MainWindow
    from studio.ui.settings import Settings
    from studio.ui.theme import ThemeKeeper

    themes = ThemeKeeper(app, theme or Settings().theme)
    window = MainWindow(JobRunner(), make_registry(), themes)
    themes.setParent(window)
    return window


def render_window(
    project_path: Path | str | None,
    png: Path | str,
    size: tuple[int, int] = (1440, 900),
    theme: str = "dark",
    neuron: int | None = None,
    acts: Sequence[str] = (),
) -> None:
    """Draw the window on a project (None: the start page) into a PNG, without a display.

    `neuron` is the one in front, by default the first of the list; `acts` are actions done before the picture
    is taken ("view.map" ...). Set QT_QPA_PLATFORM=offscreen first.
    Raises what opening the project raises, and OSError when the picture cannot be written.
    """
    from studio.ui.picture import draw_window

    window = make_window(make_application(), theme)
    draw_window(window, None if project_path is None else Path(project_path), Path(png), size, neuron, acts)
