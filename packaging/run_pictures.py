"""Pictures of what comes out of longer runs: a study, right and wrong answers, more scores.

    .venv/bin/python packaging/run_pictures.py [--dir DIR] [--only answers,scores,study] [--neurons N]

DIR is the folder of a finished demo. The runs are made on a copy of its project; the study of all its neurons
takes minutes. Where line 3 was not run, it is, on some of the samples.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from functools import partial
from pathlib import Path

from open_window import SIZE, open_window

import resources
from studio.domain.context import Quiet
from studio.domain.modality import Modality
from studio.domain.specs import ScorersSpec
from studio.services import demo
from studio.services.answers import answers_spec, answers_step
from studio.services.causal_step import causal_step
from studio.services.pipeline import scorers_step
from studio.services.steps import run_steps
from studio.services.study.step import study_step
from studio.storage.project import Project

#: Samples of line 3.
SAMPLES = 300


def main() -> None:
    """Write resources/help/pictures/{study,answers,scores}-{dark,light}.png."""
    parser = argparse.ArgumentParser(description="Draw the pictures of study, answers and more scores.")
    parser.add_argument("--dir", type=Path, default=demo.demo_folder())
    parser.add_argument("--only", default="answers,scores,study")
    parser.add_argument("--neurons", type=int, default=0, help="neurons of the study, 0 for all")
    parser.add_argument("--out", type=Path, default=resources.folder("help", "pictures"))
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CONFIG_HOME"] = folder
        original = Path(demo.demo_plan(given.dir).path)
        project = Path(shutil.copy(original, Path(folder) / original.name))
        drawn = {
            "answers": draw_answers,
            "scores": draw_scores,
            "study": partial(draw_study, neurons=given.neurons),
        }
        for name in given.only.split(","):
            drawn[name](project, given.out)


def draw_answers(project: Path, out: Path) -> None:
    """The page of the answers, after 1,000 questions."""
    with Project.open(project) as opened:
        spec = answers_spec(opened, limit=1000)
        run_steps(opened, [answers_step(project.parent / "answers", spec)], Quiet())
    draw_page(project, "answers", out)


def draw_study(project: Path, out: Path, neurons: int) -> None:
    """The page of a study."""
    with Project.open(project) as opened:
        run_steps(opened, [study_step(project, project.parent / "study", neurons=neurons)], Quiet())
    draw_page(project, "study", out)


def draw_page(project: Path, page: str, out: Path) -> None:
    """Both themes of a page."""
    from studio.app import render_window

    for theme in ("dark", "light"):
        render_window(project, out / f"{page}-{theme}.png", SIZE, theme, acts=(f"view.{page}",))


def draw_scores(project: Path, out: Path) -> None:
    """The review with “More scores” unfolded, on the best visual neuron that was tested."""
    with Project.open(project) as opened:
        if not any(verdict.causal for verdict in opened.verdicts.all()):
            run_steps(opened, [causal_step(project.parent / "causal", samples=SAMPLES)], Quiet())
        asked = next(run for run in opened.runs.all() if run.kind == "propose").config
        scorers = ("clip", "detection", "fuzzing")
        spec = ScorersSpec(scorers, asked["aligner"], asked["bank"], neurons=200)
        run_steps(opened, [scorers_step(spec, project.parent / "scorers")], Quiet())
        known = [score for score in opened.scores.all() if score.value is not None]
        tested = {score.neuron for score in known if score.scorer in scorers}
        visual = [v for v in opened.verdicts.all() if v.modality is Modality.VISUAL and v.neuron in tested]
    best = max(visual, key=lambda verdict: verdict.score).neuron
    for theme in ("dark", "light"):
        draw_unfolded(project, best, theme, out)


def draw_unfolded(project: Path, neuron: int, theme: str, out: Path) -> None:
    """One theme of `draw_scores`."""
    from studio.ui.picture import settle
    from studio.ui.review.score_list import ScoreList

    window = open_window(project, theme)
    window.review.controller.show(neuron)
    settle(window)
    for found in window.review.findChildren(ScoreList):
        found.open(True)
    settle(window)
    window.grab().save(str(out / f"scores-{theme}.png"), "PNG")
    window.close()


if __name__ == "__main__":
    main()
