"""What is known about one plug-in that was found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PluginReport:
    """One plug-in that was found. `error` is a sentence when it was left out, else empty; `details` is what
    to send to its authors then. `distribution` is the package that brings it, "" for the built-in ones.
    `hooks` are the names of the hooks it has, `on` says whether it is wanted."""

    name: str
    version: str
    error: str = ""
    distribution: str = ""
    built_in: bool = False
    on: bool = True
    hooks: tuple[str, ...] = ()
    details: str = ""


class UnfitError(Exception):
    """What this application has against a plug-in, in a clause that can follow "was left out:"."""


def reason(error: BaseException) -> str:
    """What an exception says, with its kind where it is not ours."""
    if isinstance(error, UnfitError):
        return str(error)
    return f"{type(error).__name__}: {error}"


def left_out(name: str, why: str) -> str:
    """The sentence about a plug-in that is not used."""
    return f"The plug-in “{name}” was left out: {why.rstrip('.')}."


def a_kind(value: object) -> str:
    """What kind of object this is, with its article."""
    name = type(value).__name__
    return f"{'an' if name[:1] in 'aeiouAEIOU' else 'a'} {name}"
