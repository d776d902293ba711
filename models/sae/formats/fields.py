"""Reading values out of a config that anybody may have written."""

from __future__ import annotations

from typing import Any

from models.sae.formats.format import Json
from studio.domain.errors import SaeFormatError


def whole(config: Json, name: str, default: int | None = None) -> int:
    """The whole number `name`, at least 0. Raises `SaeFormatError` when it is missing or something else."""
    value: Any = config.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise SaeFormatError(f'The SAE\'s config says "{name}": {value!r}; a whole number is needed.')
    return value


def flag(config: Json, name: str) -> bool:
    """The truth value `name`, False when it is missing. Raises `SaeFormatError` when it is no truth value."""
    value: Any = config.get(name, False)
    if value is None:
        return False
    if not isinstance(value, bool):
        raise SaeFormatError(f'The SAE\'s config says "{name}": {value!r}; true or false is needed.')
    return value
