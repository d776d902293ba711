"""Commands that need the networks: extract, train, score."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import click

from studio.cli.data_options import DATA_OPTIONS, data_of
from studio.cli.progress import Terminal
from studio.cli.say import say
from studio.domain.errors import UserError
from studio.domain.evidence import Rank
from studio.domain.specs import (
    ARCHITECTURES,
    QUANTIZED,
    ExtractSpec,
    ModelSpec,
    SaeSpec,
    ScoreSpec,
    TrainSpec,
)
from studio.services import pipeline, projects, steps
from studio.services.places import work_folder

AT_LEAST_1 = click.IntRange(1)
PROJECT = click.argument("file", type=click.Path(path_type=Path))
JSON = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON on standard output.")
BATCH = click.option("--batch-size", type=AT_LEAST_1, default=8, show_default=True, help="Samples a batch.")
SEED = click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
FORCE = click.option("--force", is_flag=True, help="Start also where memory looks too small.")
QUANTIZE = click.option(
    "--quantize",
    type=click.Choice(QUANTIZED),
    help="Load the model's weights in 4 or 8 bits: smaller, less exact. Needs concept-studio[quantize].",
)
DEVICE_MAP = click.option(
    "--device-map",
    type=click.Choice(["auto"]),
    help="auto: fill the GPUs, and put what is left into main memory. Needs concept-studio[quantize].",
)
DEVICE = click.option("--device", default="auto", show_default=True, help="cpu, cuda, cuda:1, mps or auto.")


def model_options(command: Any) -> Any:
    """The options that name a model, a data set and a layer."""
    options = [
        click.option("--model", required=True, help="Folder or Hub id of the vision-language model."),
        click.option("--revision", help="Branch, tag or commit of the model on the Hub."),
        click.option("--dtype", default="auto", show_default=True, help="float32, bfloat16 ... or auto."),
        DEVICE,
        QUANTIZE,
        DEVICE_MAP,
        *DATA_OPTIONS,
        click.option("--layer", required=True, type=click.IntRange(0), help="Decoder layer, counted from 0."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def _model(given: dict[str, Any]) -> ModelSpec:
    form = {name: given[name] or "" for name in ("quantize", "device_map")}
    return ModelSpec(given["model"], given["revision"], given["dtype"], given["device"], **form)


def run_on(file: Path, todo: list[steps.Step], as_json: bool, create: bool = False) -> None:
    """Run steps on a project file and print what is in it then."""
    with ExitStack() as stack:
        if create and not file.exists():
            stack.enter_context(_gone_when_nothing_came_of_it(file))
        project = stack.enter_context(
            projects.open_or_create(file) if create else projects.open_project(file)
        )
        terminal = stack.enter_context(Terminal())
        steps.run_steps(project, todo, terminal)
        _print(projects.project_info(project), as_json)


@contextmanager
def _gone_when_nothing_came_of_it(file: Path) -> Iterator[None]:
    """A project file made for a run that then fails at its input is not left lying about."""
    try:
        yield
    except UserError:
        for suffix in ("", "-wal", "-shm", "-journal"):
            file.with_name(file.name + suffix).unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            work_folder(file).rmdir()
        raise


def _print(found: projects.ProjectInfo, as_json: bool) -> None:
    say(json.dumps(found.as_dict()) if as_json else found.summary())


@click.command()
@PROJECT
@model_options
@click.option("--sae", required=True, help="Folder or Hub id of the SAE.")
@click.option("--hookpoint", help="Folder of the hookpoint within the SAE (layers.24 ...).")
@click.option("--sae-revision", help="Branch, tag or commit of the SAE on the Hub.")
@click.option("--rank", type=click.Choice([r.value for r in Rank]), default="mean", show_default=True)
@click.option(
    "--top",
    type=AT_LEAST_1,
    default=20,
    show_default=True,
    help="Top examples kept for each neuron and side.",
)
@BATCH
@SEED
@FORCE
@JSON
def extract(file: Path, as_json: bool, **given: Any) -> None:
    """Run the model over the data and keep what every latent fires on, in FILE (made if it is not there)."""
    sae = SaeSpec(given["sae"], given["hookpoint"], given["sae_revision"])
    data = data_of(given)
    spec = ExtractSpec(
        _model(given),
        data,
        given["layer"],
        sae,
        rank=Rank(given["rank"]),
        top=given["top"],
        batch_size=given["batch_size"],
        seed=given["seed"],
        force=given["force"],
    )
    run_on(file, [pipeline.extract_step(spec, work_folder(file) / "extract.bundle")], as_json, create=True)


@click.command()
@model_options
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder for the SAE.")
@click.option(
    "--architecture", type=click.Choice(ARCHITECTURES), default="topk", show_default=True, help="Kind of SAE."
)
@click.option("--k", type=AT_LEAST_1, default=32, show_default=True, help="Active latents a token.")
@click.option(
    "--latents", type=click.IntRange(0), default=0, help="Number of latents; 0 means width times --expansion."
)
@click.option("--expansion", type=AT_LEAST_1, default=32, show_default=True)
@click.option("--tokens", type=AT_LEAST_1, default=2_000_000, show_default=True, help="Vectors to train on.")
@click.option("--batch-tokens", type=AT_LEAST_1, default=4096, show_default=True, help="Vectors a step.")
@click.option(
    "--lr",
    type=click.FloatRange(0, min_open=True),
    help="Learning rate; chosen from the number of latents when not given.",
)
@BATCH
@SEED
@FORCE
@JSON
def train(out: Path, as_json: bool, **given: Any) -> None:
    """Train an SAE on a layer's residual stream; saved in sparsify's format, or in SAELens's."""
    from studio.services.train import train as run

    spec = TrainSpec(
        _model(given),
        data_of(given),
        given["layer"],
        k=given["k"],
        num_latents=given["latents"],
        expansion_factor=given["expansion"],
        tokens=given["tokens"],
        batch_tokens=given["batch_tokens"],
        lr=given["lr"],
        batch_size=given["batch_size"],
        seed=given["seed"],
        architecture=given["architecture"],
        force=given["force"],
    )
    with Terminal() as terminal:
        result = run(spec, out, terminal)
    summary = result.summary()
    say(json.dumps(summary) if as_json else "\n".join(f"{k}: {v}" for k, v in summary.items()))


@click.command()
@PROJECT
@click.option("--aligner", required=True, help="Folder or Hub id of a joint text-image encoder (CLIP ...).")
@click.option("--bank", default="", help="File of candidate phrases, JSONL or one a line.")
@click.option(
    "--examples",
    type=AT_LEAST_1,
    default=10,
    show_default=True,
    help="Examples the alignment is the mean over.",
)
@click.option(
    "--background",
    type=AT_LEAST_1,
    default=1000,
    show_default=True,
    help="Other neurons in the null distribution.",
)
@click.option(
    "--threshold",
    default=-1.0,
    show_default=True,
    help="Mean cosine above which an alignment counts as evidence; -1 leaves it to q.",
)
@click.option(
    "--q",
    type=click.FloatRange(0, 1),
    default=0.05,
    show_default=True,
    help="False discovery rate that counts as evidence.",
)
@DEVICE
@SEED
@JSON
def score(file: Path, as_json: bool, **given: Any) -> None:
    """Score every proposal of FILE: alignment, background, class."""
    spec = ScoreSpec(**given)
    run_on(file, [pipeline.score_step(spec, work_folder(file))], as_json)
