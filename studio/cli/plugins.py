"""`concept-studio plugins`: the plug-ins that are found, and which of them are used."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from studio.cli.compute import JSON
from studio.cli.say import say

if TYPE_CHECKING:
    from studio.services.plugins import PluginInfo


@click.command()
@click.option("--on", "on", metavar="NAME", help="Use this plug-in from now on.")
@click.option("--off", "off", metavar="NAME", help="Leave this plug-in out from now on.")
@click.option("--again", is_flag=True, help="Try plug-ins that failed, and all others, once more.")
@JSON
def plugins(on: str | None, off: str | None, again: bool, as_json: bool) -> None:
    """List the plug-ins: version, package, what each offers, and why one was left out."""
    from studio.services.plugins import list_plugins, switch_plugin

    for name, wanted in ((on, True), (off, False)):
        if name is not None:
            switch_plugin(name, wanted)
    found = list_plugins(again)
    if as_json:
        say(json.dumps([one.as_dict() for one in found]))
        return
    say("\n".join(line for one in found for line in lines(one)))


def lines(one: PluginInfo) -> list[str]:
    """One line a plug-in, and one more for what went wrong."""
    state = "off" if not one.on else "left out" if one.error else "on"
    of = one.version if one.built_in else f"{one.version} ({one.distribution})"
    first = f"{state:8}  {one.name}  {of}  {'; '.join(one.offers)}".rstrip()
    return [first, f"          {one.error}"] if one.error else [first]
