"""`concept-studio memory`: will it fit?"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from studio.cli.compute import BATCH, DEVICE, DEVICE_MAP, JSON, QUANTIZE, _model
from studio.cli.say import say
from studio.domain.specs import DataSpec, ExtractSpec, SaeSpec, TrainSpec

if TYPE_CHECKING:
    from studio.domain.memory import MemoryPlan


@click.command()
@click.option("--model", required=True, help="Folder or Hub id of the model.")
@click.option("--revision", help="Branch, tag or commit of the model on the Hub.")
@click.option("--dtype", default="auto", show_default=True, help="float32, bfloat16 ... or auto.")
@DEVICE
@QUANTIZE
@DEVICE_MAP
@click.option("--layer", required=True, type=click.IntRange(0), help="Layer, counted from 0.")
@click.option("--sae", help="Folder or Hub id of the SAE; without one, an SAE is to be trained.")
@click.option("--hookpoint", help="Folder of the hookpoint within the SAE (layers.24 ...).")
@click.option("--sae-revision", help="Branch, tag or commit of the SAE on the Hub.")
@click.option(
    "--latents", type=click.IntRange(0), default=0, help="Latents to train; 0: width x --expansion."
)
@click.option("--expansion", type=click.IntRange(1), default=32, show_default=True)
@BATCH
@JSON
def memory(as_json: bool, **given: Any) -> None:
    """Say, before anything is loaded, what a run needs in memory and what fits on this machine."""
    from studio.services.memory import advice, plan_memory

    asked, other = plan_memory(_spec(given))
    if as_json:
        plans = {"asked": _as_dict(asked), "other": None if other is None else _as_dict(other)}
        say(json.dumps(plans))
        return
    say(asked.line() if asked.fits else f"{asked.line()} {advice(other)}")


def _spec(given: dict[str, Any]) -> ExtractSpec | TrainSpec:
    model, nothing, layer, size = _model(given), DataSpec(""), given["layer"], given["batch_size"]
    if given["sae"]:
        sae = SaeSpec(given["sae"], given["hookpoint"], given["sae_revision"])
        return ExtractSpec(model, nothing, layer, sae, batch_size=size)
    latents, expansion = given["latents"], given["expansion"]
    return TrainSpec(model, nothing, layer, num_latents=latents, expansion_factor=expansion, batch_size=size)


def _as_dict(plan: MemoryPlan) -> dict[str, Any]:
    found = asdict(plan)
    return {**found.pop("form"), **found, "fits": plan.fits, "total": plan.total}
