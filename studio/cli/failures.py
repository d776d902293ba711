"""Exit codes and sentences instead of tracebacks."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from studio.domain.errors import Cancelled, UserError
from studio.services.places import log_folder


def run_safely(command: click.Command, arguments: Sequence[str] | None) -> int:
    """Run `command`. Bad input gives a sentence and 2, a stop 130, a fault of ours a report and 1."""
    try:
        result = command.main(arguments, prog_name="concept-studio", standalone_mode=False)
    except click.exceptions.Exit as stop:
        return int(stop.exit_code)
    except click.ClickException as wrong:
        wrong.show()
        return 2
    except UserError as wrong:
        return _say(str(wrong), 2)
    except (click.Abort, KeyboardInterrupt, Cancelled):
        return _say("Stopped. What was done is kept; the same command goes on from there.", 130)
    except Exception as fault:
        return _say(_report(fault), 1)
    return int(result) if isinstance(result, int) else 0


def _say(sentence: str, code: int) -> int:
    click.echo(f"concept-studio: {sentence}", err=True)
    return code


def _report(fault: Exception) -> str:
    text = "".join(traceback.format_exception(fault))
    kind = f"{type(fault).__name__}: {fault}".splitlines()[0]
    try:
        path = _write(text)
    except OSError:
        sys.stderr.write(text)
        return f"an error of the program itself ({kind}); the report above could not be saved."
    return f"an error of the program itself ({kind}). Nothing saved is lost. The report is in {path}."


def _write(text: str) -> Path:
    folder = log_folder()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"crash-{datetime.now(UTC):%Y%m%d-%H%M%S}.txt"
    path.write_text(text, encoding="utf-8")
    return path
