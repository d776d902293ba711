"""`concept-studio doctor`: does an SAE belong to a layer of a model?"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from studio.cli.compute import JSON, _model, model_options
from studio.cli.data_options import data_of
from studio.cli.progress import Terminal
from studio.cli.say import say
from studio.domain.specs import ExtractSpec, SaeSpec

if TYPE_CHECKING:
    from studio.domain.diagnosis import Diagnosis


@click.command()
@click.argument("sae")
@model_options
@click.option("--hookpoint", help="Folder of the hookpoint within the SAE (layers.24 ...).")
@click.option("--sae-revision", help="Branch, tag or commit of the SAE on the Hub.")
@click.option(
    "--around", default=2, show_default=True, type=click.IntRange(0), help="Layers to try before and after."
)
@JSON
def doctor(sae: str, around: int, as_json: bool, **given: Any) -> None:
    """Try SAE (a folder or Hub id) on a layer under every plausible rule: FVU, L0, dead latents."""
    from studio.services.doctor import doctor as run

    source = SaeSpec(sae, given["hookpoint"], given["sae_revision"])
    data = data_of(given)
    with Terminal() as terminal:
        found = run(ExtractSpec(_model(given), data, given["layer"], source), around, terminal)
    if as_json:
        say(json.dumps(found.as_dict()))
        return
    say("\n".join(lines(found)))


def lines(found: Diagnosis) -> list[str]:
    """The diagnosis as a table: the best rule has a star."""
    table = ["      FVU       L0    dead  rule"]
    for trial in sorted(found.trials, key=lambda t: t.fvu):
        mark, own = "*" if trial == found.best else " ", " (the file's)" if trial.own else ""
        table.append(f"{mark} {trial.fvu:7.4f} {trial.l0:8.1f} {trial.dead:7.1%}  {trial.rule}{own}")
    layers = ", ".join(f"layer {at} {fvu:.4f}" for at, fvu in found.layers.items())
    return [*table, f"FVU by layer under that rule: {layers}", found.reason]
