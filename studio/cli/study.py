"""`concept-studio study`: does the method find what is there, and is it better than simpler ones?"""

from __future__ import annotations

from typing import Any

import click

from studio.cli.study_compare import compare
from studio.cli.study_planted import planted
from studio.cli.study_superposition import superposition

#: What `study FILE` does.
USUAL = "compare"


class ByFlag(click.Group):
    """A group whose commands are called by a flag: `study --planted` runs `planted`; `study FILE` the usual
    one."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        flags = [name for name in self.commands if name != USUAL and f"--{name}" in args]
        if flags:
            args = [flags[0], *(word for word in args if word != f"--{flags[0]}")]
        elif args not in (["--help"], ["-h"]):
            args = [USUAL, *args]
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        name, command, rest = super().resolve_command(ctx, args)
        return called(str(name)), command, rest

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for name in self.commands:
            formatter.write_usage(ctx.command_path, f"{called(name)} [OPTIONS]")

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [(called(name), command.get_short_help_str(200)) for name, command in self.commands.items()]
        with formatter.section("Studies"):
            formatter.write_dl(rows)


def called(name: str) -> str:
    """How a study is asked for on the command line."""
    return "FILE" if name == USUAL else f"--{name}"


@click.group(cls=ByFlag)
def study() -> None:
    """Studies of the method. `--help` after a study lists its options."""


study.add_command(compare)
study.add_command(planted)
study.add_command(superposition)
