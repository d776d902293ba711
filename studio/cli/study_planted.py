"""`concept-studio study --planted`: does the method find what is known to be there?"""

from __future__ import annotations

import json
import tempfile
from contextlib import ExitStack
from pathlib import Path

import click

from studio.cli.progress import Terminal
from studio.cli.say import say
from studio.services.planted_plan import PlantSpec
from studio.services.planted_result import planted_study


@click.command("planted")
@click.option("--neurons", default=300, show_default=True, type=click.IntRange(3), help="Planted neurons.")
@click.option("--scenes", default=2000, show_default=True, type=click.IntRange(1), help="Scenes to plant in.")
@click.option(
    "--noise",
    default=0.05,
    show_default=True,
    type=click.FloatRange(0, 1),
    help="Dropout and spurious firings.",
)
@click.option(
    "--overlap",
    default=0.0,
    show_default=True,
    type=click.FloatRange(0, 1),
    help="Share of a second concept's samples on which a neuron fires too.",
)
@click.option("--keep", type=click.Path(path_type=Path), help="Keep the planted project in this file.")
@click.option("--seed", default=0, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON on standard output.")
def planted(
    neurons: int, scenes: int, noise: float, overlap: float, keep: Path | None, seed: int, as_json: bool
) -> None:
    """Plant neurons of known concept and class, run proposals and scores, and say how much came back."""
    spec = PlantSpec(neurons, scenes, noise, noise, overlap, seed)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="concept-studio-")))
        terminal = stack.enter_context(Terminal())
        found = planted_study(spec, keep or folder / "planted.cstudio", terminal)
    say(json.dumps(found.as_dict()) if as_json else found.summary())
