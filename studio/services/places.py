"""Where the application keeps things on this computer: the data folder and the log folder."""

from __future__ import annotations

import os
import sys
from pathlib import Path

APPLICATION = "concept-studio"


def data_folder() -> Path:
    """The folder for the demo and other data the application makes for itself. It may not exist yet."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / APPLICATION
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / APPLICATION
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / APPLICATION


def log_folder() -> Path:
    """The folder for logs and crash reports. It may not exist yet."""
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Logs" / APPLICATION
    if sys.platform == "win32":
        return data_folder() / "logs"
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / APPLICATION


def work_folder(project: Path) -> Path:
    """The folder beside a project file for bundles, checkpoints and trained SAEs: NAME.work."""
    return project.with_name(project.stem + ".work")
