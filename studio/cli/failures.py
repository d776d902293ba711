"""Exit codes and sentences instead of tracebacks."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence

import click

from studio.cli.say import visible
from studio.domain.errors import Cancelled, UserError
from studio.services.crash_reports import without_secrets, write_report
from studio.services.disk import plain_os_error


def run_safely(command: click.Command, arguments: Sequence[str] | None) -> int:
    """Run `command`. Bad input gives a sentence and 2, a stop 130, a fault of ours a report and 1."""
    try:
        result = command.main(arguments, prog_name="concept-studio", standalone_mode=False)
    except click.exceptions.Exit as stop:
        return int(stop.exit_code)
    except click.ClickException as wrong:
        return _say(_usage(wrong), 2)
    except UserError as wrong:
        return _say(str(wrong), 2)
    except (click.Abort, KeyboardInterrupt, Cancelled):
        return _say("Stopped. What was done is kept; the same command goes on from there.", 130)
    except OSError as wrong:
        plain = plain_os_error(wrong)
        return _say(_report(wrong), 1) if plain is None else _say(str(plain), 2)
    except Exception as fault:
        return _say(_report(fault), 1)
    return int(result) if isinstance(result, int) else 0


def _usage(wrong: click.ClickException) -> str:
    """Click's message as a sentence, and where to read on."""
    said = wrong.format_message()
    context = getattr(wrong, "ctx", None)
    where = context.command_path.removesuffix(" window") if context is not None else "concept-studio"
    said += "" if said.endswith((".", "?", "?)")) else "."
    return f"{said} Read `{where} --help`."


def _say(sentence: str, code: int) -> int:
    """One line, whatever names are in the sentence."""
    click.echo(f"concept-studio: {visible(sentence)}", err=True)
    return code


def _report(fault: Exception) -> str:
    text = "".join(traceback.format_exception(fault))
    kind = without_secrets(f"{type(fault).__name__}: {fault}".splitlines()[0])
    try:
        path = write_report(text)
    except OSError:
        sys.stderr.write(without_secrets(text))
        return f"an error of the program itself ({kind}); the report above could not be saved."
    return f"an error of the program itself ({kind}). Nothing saved is lost. The report is in {path}."
