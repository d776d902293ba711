"""Commands on a project file: export and info."""

from __future__ import annotations

import json
from pathlib import Path

import click

from studio.services import projects
from studio.services.export import export as write


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(["jsonl", "csv"]), default="jsonl", show_default=True)
@click.option("--out", required=True, type=click.Path(path_type=Path), help="File to write.")
@click.option("--reviewed", is_flag=True, help="Only neurons somebody has accepted, edited or rejected.")
@click.option("--force", is_flag=True, help="Replace the file when it is there.")
def export(file: Path, form: str, out: Path, reviewed: bool, force: bool) -> None:
    """Write the concepts of FILE with modality, rating, evidence ids and scores."""
    with projects.open_project(file) as project:
        result = write(project, out, form, reviewed=reviewed, force=force)
    click.echo(f"{result.rows} neurons written to {out}.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def info(file: Path, as_json: bool) -> None:
    """Say what is in FILE."""
    with projects.open_project(file) as project:
        found = projects.project_info(project)
    click.echo(json.dumps(found.as_dict()) if as_json else found.summary())
