"""Commands on the lines of evidence: causal, sweep."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import click

from studio.cli.progress import Terminal
from studio.cli.say import say
from studio.services import projects, steps
from studio.services import sweep as service
from studio.services.causal_step import causal_step
from studio.services.line_agreement import line_agreement
from studio.services.places import work_folder
from studio.services.thresholds import Scale
from studio.storage.project import Project

FILE = click.argument("file", type=click.Path(path_type=Path))
JSON = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON on standard output.")


@click.command()
@FILE
@click.option("--model", help="Folder or Hub id of the model; that of the extraction when not given.")
@click.option("--sae", help="Folder or Hub id of the SAE; that of the extraction when not given.")
@click.option("--hookpoint", help="Folder of the hookpoint within the SAE (layers.24 ...).")
@click.option("--device", default="auto", show_default=True, help="cpu, cuda, cuda:1, mps or auto.")
@click.option(
    "--examples", type=click.IntRange(1), default=5, show_default=True, help="Top samples of each neuron."
)
@click.option("--samples", type=click.IntRange(0), default=0, help="Distinct samples at most; 0 for all.")
@click.option("--batch-size", type=click.IntRange(1), default=8, show_default=True, help="Samples a batch.")
@click.option("--seed", default=0, show_default=True)
@click.option("--report", is_flag=True, help="Run nothing: say how often lines 1 and 3 agree, and why not.")
@JSON
def causal(file: Path, report: bool, as_json: bool, **given: Any) -> None:
    """Run top samples of FILE again with the image or the text taken away, and say what stays."""
    with projects.open_project(file) as project:
        if not report:
            _take_away(file, project, given)
        run = project.runs.last("causal")
        found = line_agreement(project)
    summary = dict(run.summary or {}) if run else {}
    if as_json:
        say(json.dumps(summary | {"agreement": found.as_dict()}))
        return
    for name, value in summary.items():
        say(f"{name}: {value}")
    say(f"\n{found.summary()}")


def _take_away(file: Path, project: Project, given: dict[str, Any]) -> None:
    from dataclasses import replace

    from studio.services.causal import causal_spec

    with Terminal() as terminal:
        spec = causal_spec(
            project,
            **{name: given[name] for name in ("examples", "samples", "batch_size", "seed")},
        )
        model = replace(spec.model, device=given["device"])
        if given["model"]:
            model = replace(model, model=given["model"], revision=None)
        sae = spec.sae
        if given["sae"] or given["hookpoint"]:
            sae = replace(sae, source=given["sae"] or sae.source, hookpoint=given["hookpoint"])
        step = causal_step(work_folder(file), replace(spec, model=model, sae=sae))
        steps.run_steps(project, [step], terminal)


@click.command()
@FILE
@click.option("--scale", type=click.Choice(["cosine", "z"]), default="cosine", show_default=True)
@click.option("--choose", type=float, help="Class every neuron by this threshold, and record it.")
@JSON
def sweep(file: Path, scale: str, choose: float | None, as_json: bool) -> None:
    """How many neurons of FILE each class has at thresholds of the alignment."""
    with projects.open_project(file) as project:
        if choose is not None:
            service.choose_threshold(project, choose, cast(Scale, scale))
        found = service.sweep(project, cast(Scale, scale))
        classes = {m.value: n for m, n in project.verdicts.classes().items()}
    if as_json:
        rows = {"thresholds": found.thresholds.tolist(), "counts": found.counts.tolist()}
        say(json.dumps({"scale": scale, "classes": classes, **rows}))
        return
    say("threshold  " + "  ".join(f"{name:>10}" for name in classes))
    for threshold, counts in list(zip(found.thresholds, found.counts.tolist(), strict=True))[::10]:
        say(f"{threshold:9.2f}  " + "  ".join(f"{n:10,}" for n in counts))
    say(
        f"The project's classes follow {found.rule.words}: "
        + ", ".join(f"{n:,} {name}" for name, n in classes.items())
        + "."
    )
