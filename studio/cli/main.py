"""`concept-studio [FILE]` and its commands."""

from __future__ import annotations

import sys
from importlib.metadata import version
from multiprocessing import freeze_support
from typing import Any

import click

from studio.cli.answers import answers
from studio.cli.associate import associate
from studio.cli.compute import extract, score, train
from studio.cli.demo import demo
from studio.cli.doctor import doctor
from studio.cli.evidence import causal, sweep
from studio.cli.failures import run_safely
from studio.cli.files import export, import_command, info
from studio.cli.memory import memory
from studio.cli.naming import prompts, propose
from studio.cli.plugins import plugins
from studio.cli.preview import preview
from studio.cli.say import any_script
from studio.cli.scorers import scorers
from studio.cli.study import study
from studio.cli.together import agreement, assign, copy, merge
from studio.cli.window import window


class FileOrCommand(click.Group):
    """A group whose first word may also be a project file: `concept-studio NAME.cstudio` opens it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0] not in self.commands and not args[0].startswith("-")):
            args = ["window", *args]
        return super().parse_args(ctx, args)


@click.group(cls=FileOrCommand, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("concept-studio"), prog_name="concept-studio")
def cli() -> None:
    """Annotate the SAE neurons of vision-language models.

    Without a command the window opens, on FILE where one is given.
    """


for command in (window, demo, extract, train, propose, score, causal, sweep, study, doctor, export, info):
    cli.add_command(command)
for command in (merge, assign, copy, agreement, import_command):
    cli.add_command(command)
for command in (answers, memory, plugins, preview, prompts, scorers, associate):
    cli.add_command(command)


def main(arguments: list[str] | None = None) -> Any:
    """Entry point of the `concept-studio` command. Exit codes: 0, 2 for bad input, 130 when stopped."""
    freeze_support()
    any_script()
    sys.exit(run_safely(cli, arguments))
