"""Tell the desktop that project files belong to this program. Linux and other freedesktop.org systems."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

from studio.domain.errors import UserError
from studio.services.places import data_folder

NAME = "concept-studio"
ELSEWHERE = (
    "This system keeps its file types itself: open a .cstudio file once with “Open with”, choose Concept "
    "Studio there, and say that it is always to be used."
)


def associate(share: Path | None = None, command: str | None = None) -> list[Path]:
    """Write the application's entry, the file type and the icon for this user; returns what was written.

    `share` is the folder for data of the user's programs (XDG_DATA_HOME by default), `command` what opens
    the program. Raises `UserError` on Windows and macOS, and where the folder cannot be written.
    """
    if share is None and sys.platform in ("win32", "darwin"):
        raise UserError(ELSEWHERE)
    share = share or data_folder().parent
    places = {
        "desktop/concept-studio.desktop": share / "applications" / f"{NAME}.desktop",
        "desktop/concept-studio.xml": share / "mime" / "packages" / f"{NAME}.xml",
        "icons/concept-studio.svg": share / "icons" / "hicolor" / "scalable" / "apps" / f"{NAME}.svg",
    }
    try:
        for source, target in places.items():
            text = files("resources").joinpath(source).read_text(encoding="utf-8")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text.replace("Exec=concept-studio", f"Exec={command or started_by()}"), "utf-8")
    except OSError as error:
        raise UserError(f"{error.filename} could not be written: {error.strerror}.") from error
    for program, folder in (("update-mime-database", "mime"), ("update-desktop-database", "applications")):
        if shutil.which(program):
            subprocess.run([program, str(share / folder)], check=False, capture_output=True, timeout=60)
    return list(places.values())


def started_by() -> str:
    """The command that starts this program, as a desktop entry wants it quoted."""
    beside = Path(sys.executable).with_name(NAME)
    found = str(beside) if beside.is_file() else shutil.which(NAME)
    return shlex.quote(found) if found else f"{shlex.quote(sys.executable)} -m studio.cli"
