"""Say in a plain sentence which system libraries Qt lacks here, with the package to install.

Run by packaging/run and tests/run before the window is started. Exit code 2 when one is missing.
"""

from __future__ import annotations

import ctypes
import os
import sys

ALWAYS = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libfontconfig.so.1": "libfontconfig1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libxkbcommon.so.0": "libxkbcommon0",
}
ON_X11 = {
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xinerama.so.0": "libxcb-xinerama0",
}


def missing(libraries: dict[str, str]) -> dict[str, str]:
    """The libraries the loader does not find, with the Debian package of each."""
    found = {}
    for library, package in libraries.items():
        try:
            ctypes.CDLL(library)
        except OSError:
            found[library] = package
    return found


def main() -> int:
    """Check what this machine needs; 0 when all is there, 2 with a sentence when not."""
    if not sys.platform.startswith("linux"):
        return 0
    wanted = dict(ALWAYS)
    offscreen = os.environ.get("QT_QPA_PLATFORM") == "offscreen"
    if os.environ.get("DISPLAY") and not os.environ.get("WAYLAND_DISPLAY") and not offscreen:
        wanted |= ON_X11
    lacking = missing(wanted)
    if not lacking:
        return 0
    print(  # noqa: T201
        f"concept-studio: Qt needs {', '.join(lacking)}, which this system lacks. On Debian or Ubuntu install"
        f" with: apt-get install {' '.join(lacking.values())}. On other systems install the packages that"
        " provide these files, then run the same command again.",
        file=sys.stderr,
    )
    return 2


if __name__ == "__main__":
    sys.exit(main())
