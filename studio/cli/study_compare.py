"""`concept-studio study FILE`: the project's way of naming neurons beside simpler ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from studio.cli.chat_options import chat_options, take_chat
from studio.cli.naming import usual_explainer
from studio.cli.progress import Terminal
from studio.cli.say import say
from studio.services import projects
from studio.services.steps import run_steps
from studio.services.study.methods import METHODS
from studio.services.study.run import REPORT
from studio.services.study.spec import NEURONS, SEEDS
from studio.services.study.step import study_step, usual_folder
from studio.services.study.words import findings, people_said


class CalledFile(click.Command):
    """Its usage names the file once: the group has said it already."""

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        return ["[OPTIONS]"]


@click.command("compare", cls=CalledFile)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--methods",
    default=",".join(method.name for method in METHODS),
    show_default=True,
    help="Methods to compare, with commas between them.",
)
@click.option("--seeds", type=click.IntRange(1), default=SEEDS, show_default=True, help="Number of runs.")
@click.option(
    "--neurons",
    type=click.IntRange(0),
    default=NEURONS,
    show_default=True,
    help="Neurons drawn at random; 0 for all.",
)
@click.option(
    "--examples",
    type=click.IntRange(1),
    default=10,
    show_default=True,
    help="Examples an explainer sees at most, and as many that its names are tested on.",
)
@click.option("--aligner", help="Folder or Hub id of a joint encoder; that of the proposals when not given.")
@click.option("--bank", help="File of candidate phrases; that of the proposals when not given.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder of the report; NAME-study if not given.")
@click.option(
    "--explainer",
    help="vocabulary, local, endpoint, or a plug-in's. Without it: endpoint where one is given, local where "
    "a model is, else vocabulary.",
)
@chat_options
@click.option("--device", default="auto", show_default=True, help="cpu, cuda, cuda:1, mps or auto.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Seed of the first run.")
@click.option("--json", "as_json", is_flag=True, help="Print the study as JSON on standard output.")
def compare(file: Path, methods: str, out: Path | None, as_json: bool, **given: Any) -> None:
    """Compare the project's way of naming neurons with baselines, on held-out examples, and write a report.

    A study that was stopped goes on where it was when the same command is given again: nothing is embedded,
    and no endpoint asked, twice.
    """
    chat = take_chat(given)
    given["explainer"] = given["explainer"] or usual_explainer(chat)
    names = tuple(name.strip() for name in methods.split(",") if name.strip())
    with projects.open_project(file) as project, Terminal() as terminal:
        run_steps(project, [study_step(file, out, methods=names, chat=chat, **given)], terminal)
        run = project.runs.last("study")
    found = {} if run is None else {**(run.summary or {}), "provenance": dict(run.config)}
    if as_json:
        say(json.dumps(found))
        return
    say("\n".join(findings(found["contrasts"])))
    say(f"People: {people_said(found['human'])}")
    say(f"The report is {(out or usual_folder(file)) / REPORT}.")
