"""Writing files whole or not at all, and saying plainly why one could not be written."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from studio.domain.errors import DiskFullError, UserError


@contextmanager
def plain_disk_errors(path: Path) -> Iterator[None]:
    """Turn the system's errors about `path` into a sentence: `DiskFullError` or `UserError`."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFullError(
                f"The disk has no room for {path.name}. Make room and start again; what is done is kept."
            ) from error
        raise UserError(f"{path} cannot be written ({error.strerror or error}).") from error


def write_json(path: Path, value: Any) -> None:
    """Replace `path` by JSON in one step. Raises `DiskFullError` or `UserError`."""
    with plain_disk_errors(path):
        waiting = path.with_name(path.name + ".part")
        with open(waiting, "w", encoding="utf-8") as file:
            json.dump(value, file, ensure_ascii=True, indent=1)
            file.flush()
            os.fsync(file.fileno())
        os.replace(waiting, path)


def read_json(path: Path) -> Any:
    """What `write_json` wrote, or None when there is nothing that can be read."""
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
