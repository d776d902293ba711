"""`concept-studio preview`: what a data set looks like before anything is run on it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from studio.cli.compute import JSON
from studio.cli.data_options import DATA_OPTIONS, data_of
from studio.cli.progress import Terminal
from studio.cli.say import say
from studio.domain.specs import ModelSpec

if TYPE_CHECKING:
    from studio.domain.preview import Preview, ShownSample

LEFT_OUT = 20


def _options(command: Any) -> Any:
    for option in reversed(DATA_OPTIONS[1:]):  # the data set is the argument here
        command = option(command)
    return command


@click.command()
@click.argument("data")
@_options
@click.option("--model", help="Folder or Hub id of a model: show its chat template and its image tokens.")
@click.option("--revision", help="Branch, tag or commit of the model on the Hub.")
@JSON
def preview(model: str | None, revision: str | None, as_json: bool, **given: Any) -> None:
    """Show the first samples of DATA (a folder, table or Hub id) and what would be left out. Runs nothing."""
    from studio.services.preview import preview as look

    with Terminal() as terminal:
        found = look(data_of(given), ModelSpec(model, revision) if model else None, terminal)
    say(json.dumps(found.as_dict()) if as_json else "\n".join(lines(found)))


def lines(found: Preview) -> Iterator[str]:
    """The preview as text."""
    if found.columns:
        yield "Columns"
        yield from (f"  {column}: {field or '(not used)'}" for column, field in found.columns.items())
    for sample in found.samples:
        yield from _sample(sample)
    for skipped in found.skipped[:LEFT_OUT]:
        yield f"Left out {skipped.id}: {skipped.reason}"
    if len(found.skipped) > LEFT_OUT:
        yield f"And {len(found.skipped) - LEFT_OUT} more of those looked at."
    yield from (f"Note: {warning}" for warning in found.warnings)
    yield f"{found.looked:,} records looked at{', which are all' if found.whole else ''}."


def _sample(sample: ShownSample) -> Iterator[str]:
    sizes = ", ".join(f"{p.width} x {p.height}" for p in sample.pictures)
    tokens = "" if sample.image_tokens is None else f", {sample.image_tokens:,} image tokens"
    yield f"{sample.id} ({f'picture {sizes}' if sizes else 'text only'}{tokens})"
    if sample.written:
        yield from (f"  | {text}" for text in sample.written.splitlines())
    else:
        yield from (f"  {turn.role}: {turn.text}" for turn in sample.turns)
