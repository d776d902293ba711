"""Commands for several annotators: merge, assign, copy, agreement."""

from __future__ import annotations

import json
from pathlib import Path

import click

from studio.cli.say import say
from studio.services import projects

FILE = click.argument("file", type=click.Path(path_type=Path))
JSON = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON on standard output.")
LEAD = click.option("--by", required=True, help="Your name: who assigns.")


@click.command()
@FILE
@click.argument("copies", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--check", is_flag=True, help="Only say what would come; write nothing.")
@JSON
def merge(file: Path, copies: tuple[Path, ...], check: bool, as_json: bool) -> None:
    """Add the annotations of COPIES of the project to FILE, and list where they differ.

    Merging in any order, and again, gives the same. A backup is made first.
    """
    from studio.domain.changes import Changes
    from studio.domain.errors import ProjectError
    from studio.services.merge import MergeReport, merge_copies, preview_copies

    with projects.open_project(file) as project:
        if check:
            found = preview_copies(project, copies)
            if wrong := [copy.problem for copy in found if copy.problem]:
                raise ProjectError(" ".join(wrong))
            report = MergeReport(tuple(found), Changes())
        else:
            report = merge_copies(project, copies)
    say(json.dumps(report.as_dict()) if as_json else report.summary())


@click.command()
@FILE
@click.argument("annotators", nargs=-1, required=True)
@LEAD
@click.option("--size", type=click.IntRange(0), default=0, help="Neurons for each annotator at most; 0: all.")
@click.option("--overlap", type=click.IntRange(1), default=2, show_default=True, help="Annotators a neuron.")
@click.option("--batch", default="", help="Name of the batch; the next number when not given.")
@click.option("--neurons", help="Draw from these only: 3,7,100-200. Otherwise from all in no batch yet.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@JSON
def assign(
    file: Path,
    annotators: tuple[str, ...],
    by: str,
    size: int,
    overlap: int,
    batch: str,
    neurons: str | None,
    seed: int,
    as_json: bool,
) -> None:
    """Give neurons of FILE to ANNOTATORS in batches that overlap."""
    from studio.services import assign as service
    from studio.services.neuron_lists import parse_neurons

    chosen = None if neurons is None else parse_neurons(neurons)
    with projects.open_project(file) as project:
        plan = service.plan_batches(project, annotators, size, overlap, chosen, seed, batch)
        service.assign(project, by, plan)
    if as_json:
        given = {str(n): list(who) for n, who in sorted(plan.annotators.items())}
        say(json.dumps({"batch": plan.batch, "neurons": given, "counts": plan.counts}))
        return
    counts = ", ".join(f"{name} {count}" for name, count in plan.counts.items())
    say(f"{plan.batch}: {len(plan.annotators)} neurons. {counts}.")


@click.command(name="copy")
@FILE
@click.argument("annotator")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="File to write.")
@click.option("--force", is_flag=True, help="Replace the file when it is there.")
def copy(file: Path, annotator: str, out: Path, force: bool) -> None:
    """Write a copy of FILE for ANNOTATOR; in blind review without others' work."""
    from studio.services.copies import make_copy

    with projects.open_project(file) as project:
        made = make_copy(project, annotator, out, force)
    kept = f", without {made.left_out} annotations that are not theirs to see" if made.left_out else ""
    say(f"{made.path} is for {made.annotator}{kept}.")


@click.command()
@FILE
@click.option("--csv", "as_csv", is_flag=True, help="Print the table as CSV.")
@click.option("--by", help="Who asks: a blind review is compared by its lead. Not given: your account.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of the intervals.")
@JSON
def agreement(file: Path, as_csv: bool, by: str | None, seed: int, as_json: bool) -> None:
    """How far the annotators of FILE agree, with 95 % intervals (bootstrap by neuron)."""
    from studio.services import agreement as service
    from studio.services.account import account_name

    with projects.open_project(file) as project:
        data = service.read_agreement(project, by or account_name())
    found = service.agreement_of(data, seed)
    if as_json or as_csv:
        click.echo(json.dumps(found.as_dict()) if as_json else found.as_csv(), nl=as_json)
        return
    people = ", ".join(found.annotators) or "nobody yet"
    say(f"Annotators: {people}. {found.neurons:,} neurons were decided on by two or more.")
    group = ""
    for row in found.rows:
        if row.group != group:
            group = row.group
            say(f"\n{group}")
        name = f"{row.part}, {row.statistic}"
        say(f"  {name:18}  {row.who:24}  {row.neurons:6,} neurons  {row.number()}")
