"""What is kept about plug-ins of others: which are off, and which were tried and how that went."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from studio.domain.errors import UserError
from studio.services.disk import read_json, write_json
from studio.services.places import data_folder


def switched_off() -> frozenset[str]:
    """Names of plug-ins that are not to be loaded."""
    found = read_json(_off())
    names = found if isinstance(found, list) else []
    return frozenset(name for name in names if isinstance(name, str))


def switch(name: str, on: bool) -> None:
    """Keep whether a plug-in is to be loaded. Raises `UserError` where it cannot be kept."""
    off = switched_off() - {name} if on else switched_off() | {name}
    _make_folder()
    write_json(_off(), sorted(off))


def verdicts() -> dict[str, dict[str, str]]:
    """Outcome of each trial by fingerprint: `error` ("" when it passed), `details`, `around`."""
    found = read_json(_tried())
    if not isinstance(found, dict):
        return {}
    return {key: one for key, one in found.items() if isinstance(one, dict) and "error" in one}


def keep_verdicts(fresh: Mapping[str, Mapping[str, str]]) -> None:
    """Add verdicts. Where nothing can be written the trial is made again the next time, no more."""
    with suppress(UserError):
        _make_folder()
        write_json(_tried(), {**verdicts(), **fresh})


def forget_verdicts() -> None:
    """Every plug-in is tried again when it is loaded next."""
    with suppress(OSError):
        _tried().unlink(missing_ok=True)


def _make_folder() -> None:
    folder = data_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{folder} cannot be written ({error.strerror or error}).") from error


def _off() -> Path:
    return data_folder() / "plugins-off.json"


def _tried() -> Path:
    return data_folder() / "plugins-tried.json"
