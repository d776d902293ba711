"""`concept-studio propose` and `concept-studio prompts`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from studio.cli.chat_options import PROMPTS, chat_options, take_chat
from studio.cli.compute import AT_LEAST_1, DEVICE, JSON, PROJECT, SEED, run_on
from studio.cli.say import say
from studio.domain.specs import ChatSpec, ProposeSpec
from studio.services import pipeline, prompt_files
from studio.services.places import work_folder


@click.command()
@PROJECT
@click.option(
    "--explainer",
    help="vocabulary (needs an aligner alone), local or endpoint (ask a model), or a plug-in's. Without it: "
    "endpoint where one is given, local where a model is, else vocabulary.",
)
@click.option("--aligner", default="", help="Folder or Hub id of a joint text-image encoder (CLIP ...).")
@click.option("--bank", default="", help="File of candidate phrases, JSONL or one a line.")
@click.option(
    "--examples", type=AT_LEAST_1, default=10, show_default=True, help="Examples the explainer sees."
)
@chat_options
@DEVICE
@SEED
@JSON
def propose(file: Path, as_json: bool, **given: Any) -> None:
    """Propose a concept for every live neuron of FILE, for each side it fires on.

    An endpoint's answers are kept beside the project: a run that was stopped asks nothing twice.
    """
    chat = take_chat(given)
    given.pop("device")
    given["explainer"] = given["explainer"] or usual_explainer(chat)
    run_on(file, [pipeline.propose_step(ProposeSpec(**given, chat=chat), work_folder(file))], as_json)


def usual_explainer(chat: ChatSpec | None) -> str:
    """The explainer that goes with a chat model, or with none."""
    if chat is None:
        return ProposeSpec().explainer
    return "endpoint" if chat.endpoint else "local"


@click.command()
@PROMPTS
@click.option("--copy", is_flag=True, help="Copy the shipped prompts to the folder, to be edited there.")
def prompts(prompts: str, copy: bool) -> None:
    """List the prompts that explainers and judges use, with version, hash and file.

    A file in --prompts comes first, then one in your own folder, then the shipped one.
    """
    if copy:
        folder = Path(prompts) if prompts else prompt_files.own_folder()
        copied = prompt_files.copy_prompts(folder)
        say(f"Copied {len(copied)} prompts to {folder}; what was there already was left alone.")
    for found in prompt_files.all_prompts(prompts):
        say(f"{found.name}  version {found.version}  {found.digest}  {found.path}")
