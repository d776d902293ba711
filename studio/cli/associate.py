"""Open project files with a double click."""

from __future__ import annotations

import click

from studio.cli.say import say


@click.command()
def associate() -> None:
    """Let the desktop open .cstudio files with this program (Linux; once for each user)."""
    from studio.services.associate import associate as write

    for path in write():
        say(str(path))
