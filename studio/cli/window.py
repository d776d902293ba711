"""Open the window."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(hidden=True)
@click.argument("file", required=False, type=click.Path(path_type=Path))
def window(file: Path | None) -> int:
    """Open the window, on FILE where one is given."""
    from studio.app import run

    return run(file)
