"""Draw the README's and the help's pictures from the real window, off screen.

    .venv/bin/python packaging/pictures.py [--dir DIR]

DIR is the folder of a finished demo (`concept-studio demo --dir DIR`); without it the usual one.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from pathlib import Path

import numpy as np
from help_pictures import draw_help
from open_window import SIZE, open_window

import resources
from studio.domain.modality import Modality
from studio.services import demo
from studio.services.annotate import annotate
from studio.storage.project import Project

#: Pages beside the review, and what is done to show them.
PAGES = {
    "overview": ("view.overview",),
    "compare": ("neurons.compare", "neurons.next", "neurons.compare"),
    "map": ("view.map",),
    "sweep": ("view.sweep",),
}


def main() -> None:
    """Write resources/help/pictures/*-{dark,light}.png."""
    parser = argparse.ArgumentParser(description="Draw the pictures of README and help.")
    parser.add_argument("--dir", type=Path, default=demo.demo_folder())
    parser.add_argument("--neuron", type=int, help="The neuron in front; by default the first of the list.")
    given = parser.parse_args()
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    with tempfile.TemporaryDirectory() as settings:
        # Nobody's reviewer name, recent files or window sizes get into a picture.
        os.environ["XDG_CONFIG_HOME"] = settings
        project = Path(demo.demo_plan(given.dir).path)
        draw(project, given.neuron)
        draw_together(project, Path(settings))
        draw_help(Path(settings) / project.name)
        for theme in ("dark", "light"):
            draw_erased(project, resources.folder("help", "pictures") / f"erase-{theme}.png", theme)


def draw(project: Path, neuron: int | None) -> None:
    """The start page first: once a project was opened it lists it."""
    from studio.app import render_window

    out = resources.folder("help", "pictures")
    out.mkdir(exist_ok=True)
    for theme in ("dark", "light"):
        render_window(None, out / f"start-{theme}.png", SIZE, theme)
    for theme in ("dark", "light"):
        render_window(project, out / f"review-{theme}.png", SIZE, theme, neuron)
        for name, acts in PAGES.items():
            render_window(project, out / f"{name}-{theme}.png", SIZE, theme, neuron, acts)


def draw_erased(project: Path, png: Path, theme: str) -> None:
    """Erase to verify on the best visual neuron, the stronger half of what it fires on brushed away."""
    from studio.ui.picture import settle

    with Project.open(project) as opened:
        visual = [v for v in opened.verdicts.all() if v.modality is Modality.VISUAL and not v.flagged]
    window = open_window(project, theme)
    window.review.controller.show(max(visual, key=lambda v: v.score).neuron)
    settle(window)
    window.actions_registry.action("view.erase").trigger()
    settle(window)
    view = window.review.erase.view
    shot = view.shot
    found = shot.example.map
    strong = found.image_index[found.image_value >= np.median(found.image_value)]
    view.how.setCurrentText("Mean colour")
    for x0, y0, x1, y1 in shot.sample.boxes[strong].tolist():
        view.canvas.erase_at((x0 + x1) / 2, (y0 + y1) / 2)
    view.result = None
    while view.result is None and not view.problem:
        settle(window)
    window.grab().save(str(png), "PNG")
    window.close()


def draw_together(project: Path, folder: Path) -> None:
    """The pages for several annotators, on a copy of the demo that three simulated ones have reviewed."""
    from studio.app import render_window

    merged = folder / project.name
    simulate(project, merged)
    for page in ("agreement", "adjudication"):
        for theme in ("dark", "light"):
            png = resources.folder("help", "pictures") / f"{page}-{theme}.png"
            render_window(merged, png, SIZE, theme, acts=(f"view.{page}",))


def simulate(project: Path, merged: Path, neurons: int = 60) -> None:
    """Three annotators who mostly follow the program and sometimes do not."""
    shutil.copy(project, merged)
    rng = np.random.default_rng(0)
    with Project.open(merged) as opened:
        scored = [v for v in opened.verdicts.all() if v.modality is not Modality.UNCLEAR]
        found = sorted(scored, key=lambda v: -v.score)[:neurons]
        for who in ("Ada", "Bo", "Cy"):
            for verdict in found:
                words = verdict.concept if rng.random() < 0.85 else f"{verdict.concept} or the like"
                kept = {"decision": "accepted", "concept": words}
                modality = rng.choice([m.value for m in Modality])
                annotate(
                    opened,
                    who,
                    verdict.neuron,
                    {
                        **(kept if rng.random() < 0.9 else {"decision": "rejected", "concept": None}),
                        "modality": verdict.modality.value if rng.random() < 0.8 else str(modality),
                        "rating": int(np.clip(3 + verdict.neuron % 3 + rng.integers(-1, 2), 1, 5)),
                    },
                )


if __name__ == "__main__":
    main()
