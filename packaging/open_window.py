"""The real window, off screen, on a project: what each picture that needs more than acts begins with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from studio.ui.main_window import MainWindow

SIZE = (1440, 900)


def open_window(project: Path, theme: str) -> MainWindow:
    """A window with `project` open, once nothing is under way. Whoever asked closes it."""
    from studio.app import make_application, make_window
    from studio.ui.picture import settle

    window = make_window(make_application(), theme)
    window.settings.reviewer = "Annotator 1"  # nobody's account name belongs in a picture
    window.projects.set_annotator("Annotator 1")
    window.resize(*SIZE)
    window.show()
    window.projects.open(project.absolute())
    settle(window)
    return window
