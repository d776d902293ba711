"""Commands on a project file: export, import and info."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from studio.cli.progress import Terminal
from studio.cli.say import say
from studio.domain.export import ExportFilter, ExportOptions
from studio.domain.modality import Modality
from studio.services import projects
from studio.services.export import export as write

FILE = click.argument("file", type=click.Path(path_type=Path))


@click.command()
@FILE
@click.option("--format", "form", default="jsonl", show_default=True,
              help="jsonl, csv, parquet, html, pdf, neuronpedia, hub, or one of a plug-in.")  # fmt: skip
@click.option("--out", required=True, type=click.Path(path_type=Path), help="File or folder to write.")
@click.option("--reviewed", is_flag=True, help="Only labels that accept, edit or reject a concept.")
@click.option("--adjudicated", is_flag=True, help="Only adjudicated neurons, with their final label.")
@click.option("--class", "classes", multiple=True, type=click.Choice([m.value for m in Modality]),
              help="Only this class; may be given several times.")  # fmt: skip
@click.option("--min-agreement", type=click.FloatRange(0, 1),
              help="Only neurons whose annotators agree on the class this far, 0 to 1.")  # fmt: skip
@click.option("--annotator", help="Only the labels of this person.")
@click.option("--by", help="Who exports: a blind review is exported by its lead. Not given: your account.")
@click.option("--pictures/--no-pictures", default=None,
              help="With or without pictures; not given: html and pdf with, hub without.")  # fmt: skip
@click.option("--license", "licence", default="", help="For the card of a data set, such as cc-by-4.0.")
@click.option("--push", help="Format hub: upload the folder to OWNER/NAME on the Hub.")
@click.option("--public", is_flag=True, help="With --push: anybody may see the data set.")
@click.option("--force", is_flag=True, help="Replace what an earlier export wrote, here and on the Hub.")
def export(
    file: Path,
    form: str,
    out: Path,
    reviewed: bool,
    adjudicated: bool,
    classes: tuple[str, ...],
    min_agreement: float | None,
    annotator: str | None,
    by: str | None,
    push: str | None,
    public: bool,
    force: bool,
    **look: Any,
) -> None:
    """Write the concepts of FILE with modality, rating, evidence ids and scores."""
    from studio.services.account import account_name
    from studio.services.blind import check_open
    from studio.services.hub_push import check_repo, push_folder

    if push is not None:
        check_repo(push)
        if form != "hub":
            raise click.UsageError("--push goes with --format hub only")
    kinds = frozenset(Modality(name) for name in classes)
    where = ExportFilter(reviewed, adjudicated, kinds, min_agreement, annotator)
    with projects.open_project(file) as project, Terminal() as terminal:
        check_open(project, by or account_name())
        result = write(
            project, out, form, force=force, where=where, options=ExportOptions(**look), ctx=terminal
        )
    say(f"{result.rows:,} row{'s' * (result.rows != 1)} written to {out}.")
    if push is not None:
        with Terminal() as terminal:
            done = push_folder(out, push, private=not public, replace=force, ctx=terminal)
        say(f"Pushed to {done.url} ({'public' if public else 'private'}).")


@click.command("import")
@FILE
@click.argument("labels", type=click.Path(path_type=Path))
@click.option("--as", "annotator", required=True, help="Whose labels they become.")
@click.option("--of", help="Take only the rows of this annotator.")
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
def import_command(file: Path, labels: Path, annotator: str, of: str | None, dry_run: bool) -> None:
    """Import LABELS (.jsonl or .csv) into FILE: all of them, or, with a problem, none."""
    from studio.domain.errors import UserError
    from studio.services.importing import import_labels, plan_import, refusal

    with projects.open_project(file) as project:
        plan = plan_import(project, labels, annotator, of)
        if plan.problems:
            raise UserError(refusal(plan))
        if not dry_run:
            import_labels(project, plan)
    say(f"{plan.summary}.{' Nothing was changed.' * dry_run}")


@click.command()
@FILE
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def info(file: Path, as_json: bool) -> None:
    """Say what is in FILE."""
    with projects.open_project(file) as project:
        found = projects.project_info(project)
    say(json.dumps(found.as_dict()) if as_json else found.summary())
