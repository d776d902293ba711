"""Draw the README's and the help's pictures from the real window, off screen.

    .venv/bin/python packaging/pictures.py [--dir DIR]

DIR is the folder of a finished demo (`concept-studio demo --dir DIR`); without it the usual one.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

import resources
from studio.services import demo

SIZE = (1440, 900)


def main() -> None:
    """Write resources/help/pictures/{start,review}-{dark,light}.png."""
    parser = argparse.ArgumentParser(description="Draw the pictures of README and help.")
    parser.add_argument("--dir", type=Path, default=demo.demo_folder())
    parser.add_argument("--neuron", type=int, help="The neuron in front; by default the first of the list.")
    given = parser.parse_args()
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    with tempfile.TemporaryDirectory() as settings:
        # Nobody's reviewer name, recent files or window sizes get into a picture.
        os.environ["XDG_CONFIG_HOME"] = settings
        draw(Path(demo.demo_plan(given.dir).path), given.neuron)


def draw(project: Path, neuron: int | None) -> None:
    """The start page first: once a project was opened it lists it."""
    from studio.app import render_window

    out = resources.folder("help", "pictures")
    out.mkdir(exist_ok=True)
    for theme in ("dark", "light"):
        render_window(None, out / f"start-{theme}.png", SIZE, theme)
    for theme in ("dark", "light"):
        render_window(project, out / f"review-{theme}.png", SIZE, theme, neuron)


if __name__ == "__main__":
    main()
