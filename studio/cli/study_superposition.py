"""`concept-studio study --superposition`: does the trainer find features mixed into fewer dimensions?"""

from __future__ import annotations

import json
from typing import Any

import click

from studio.cli.progress import Terminal
from studio.cli.say import say
from studio.services.superposition import SuperpositionSpec, superposition_study

USUAL = SuperpositionSpec()


@click.command("superposition")
@click.option("--features", default=USUAL.features, show_default=True, type=click.IntRange(2))
@click.option(
    "--width",
    default=USUAL.width,
    show_default=True,
    type=click.IntRange(2),
    help="Dimensions they are mixed into.",
)
@click.option(
    "--active",
    default=USUAL.active,
    show_default=True,
    type=click.IntRange(1),
    help="Features in each vector.",
)
@click.option("--noise", default=USUAL.noise, show_default=True, type=click.FloatRange(0))
@click.option("--latents", default=0, type=click.IntRange(0), help="Of the SAE; 0 means twice the features.")
@click.option("--vectors", default=USUAL.vectors, show_default=True, type=click.IntRange(1))
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0))
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON on standard output.")
def superposition(as_json: bool, **given: Any) -> None:
    """Mix known features into fewer dimensions, train an SAE, and count the features it found."""
    with Terminal() as terminal:
        found = superposition_study(SuperpositionSpec(**given), terminal)
    say(json.dumps(found.as_dict()) if as_json else found.summary())
