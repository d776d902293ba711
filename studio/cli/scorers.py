"""`concept-studio scorers`: more scores of concepts and neurons."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from studio.cli.chat_options import chat_options, take_chat
from studio.cli.compute import AT_LEAST_1, DEVICE, JSON, PROJECT, SEED, run_on
from studio.cli.say import say
from studio.domain.specs import DataSpec, ScorersSpec
from studio.services import pipeline
from studio.services.places import work_folder
from studio.services.scorers import scorers as known_scorers


def _list(ctx: click.Context, _option: click.Parameter, asked: bool) -> None:
    if asked:
        for scorer in known_scorers().values():
            say(f"{scorer.name}: {scorer.note}")
        ctx.exit()


@click.command()
@PROJECT
@click.option(
    "--scorers",
    required=True,
    metavar="NAME,NAME",
    help="Which scorers to run, with commas between. --list says which there are.",
)
@click.option("--list", is_flag=True, is_eager=True, expose_value=False, callback=_list, help="The scorers.")
@click.option("--aligner", default="", help="Folder or Hub id of a joint text-image encoder (CLIP ...).")
@click.option("--bank", default="", help="File of candidate phrases, JSONL or one a line.")
@click.option(
    "--positives", type=AT_LEAST_1, default=10, show_default=True, help="Held-out examples of a test."
)
@click.option("--negatives", type=AT_LEAST_1, default=10, show_default=True, help="Silent samples of a test.")
@click.option(
    "--neurons", type=click.IntRange(0), default=0, help="Test so many neurons, drawn by the seed; 0 for all."
)
@click.option("--data", help="Data set for scores over all pictures; else that of the extraction.")
@click.option("--detector", default="", help="Folder or Hub id of a Grounding DINO.")
@click.option("--segmenter", default="", help="Folder or Hub id of a SAM.")
@chat_options
@DEVICE
@SEED
@JSON
def scorers(file: Path, as_json: bool, **given: Any) -> None:
    """Score concepts and neurons of FILE in more ways, on examples that no explainer saw.

    Detection and fuzzing are judged by --model (with --endpoint or run here), without it by --aligner.
    """
    chat = take_chat(given)
    names = tuple(name.strip() for name in given.pop("scorers").split(",") if name.strip())
    data = given.pop("data")
    spec = ScorersSpec(names, **given, chat=chat, data=None if data is None else DataSpec(data))
    run_on(file, [pipeline.scorers_step(spec, work_folder(file))], as_json)
