"""`concept-studio answers`: how often neurons fire in samples that are answered rightly or wrongly."""

from __future__ import annotations

import json
from pathlib import Path

import click

from studio.cli.progress import Terminal
from studio.cli.say import say
from studio.services import projects, steps
from studio.services.answers import answers_spec, answers_step
from studio.services.answers_report import last_answers, neuron_sentences, report_lines, strongest
from studio.services.places import work_folder

TOP = 10


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--data", default="", help="Data set with questions and answers; that of the extraction if not given."
)
@click.option(
    "--samples", type=click.IntRange(0), default=1000, show_default=True, help="Samples at most; 0: all."
)
@click.option("--batch-size", type=click.IntRange(1), default=8, show_default=True, help="Questions a batch.")
@click.option("--tokens", type=click.IntRange(1), default=16, show_default=True, help="Longest answer.")
@click.option("--report", is_flag=True, help="Run nothing: print what the last run found.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON on standard output.")
def answers(
    file: Path, data: str, samples: int, batch_size: int, tokens: int, report: bool, as_json: bool
) -> None:
    """Let the model answer the questions of FILE's data, and say which neurons go with right and wrong."""
    with projects.open_project(file) as project:
        if not report:
            spec = answers_spec(project, data, samples or None, batch_size=batch_size, max_new_tokens=tokens)
            with Terminal() as terminal:
                steps.run_steps(project, [answers_step(work_folder(file), spec)], terminal)
        summary, top = last_answers(project), strongest(project, TOP)
    if as_json:
        rows = [{"neuron": s.neuron, "side": s.side.value, "difference": s.value, **s.details} for s in top]
        say(json.dumps({**summary, "strongest": rows}))
        return
    for text in report_lines(summary):
        say(text)
    for score in top:
        say(f"  Neuron {score.neuron}: {neuron_sentences([score])[0]}")
