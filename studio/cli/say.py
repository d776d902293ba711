"""Text on the terminal: in any encoding, and nothing in it that the terminal would obey."""

from __future__ import annotations

import sys
import unicodedata
from typing import TextIO

import click

#: Control, format (writing direction among them), surrogate: signs that act instead of being seen.
ACTING = {"Cc", "Cf", "Cs"}
#: The joiners that scripts and emoji are written with, and the tab.
HARMLESS = "\u200c\u200d\t"


def say(text: str = "", err: bool = False) -> None:
    """Print lines of text. Names and texts come from files: what would act on the terminal is spelled out."""
    click.echo("\n".join(visible(line) for line in text.split("\n")), err=err)


def visible(line: str) -> str:
    """A line with every sign that acts, line breaks among them, spelled out as in "\\x1b"."""
    return line if line.isprintable() else "".join(map(_sign, line))


def _sign(sign: str) -> str:
    if sign in HARMLESS or unicodedata.category(sign) not in ACTING:
        return sign
    return sign.encode("unicode_escape").decode("ascii")


def any_script(*streams: TextIO | None) -> None:
    """A stream whose encoding lacks a sign spells it out; without this the command would end there."""
    for stream in streams or (sys.stdout, sys.stderr):
        if getattr(stream, "errors", "") == "strict" and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
