"""Writing files whole or not at all, and saying plainly why one could not be written."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from studio.domain.errors import DiskFullError, UserError

#: Errors of the system that a person can mend: no right to write, a disk that is gone, a name that no disk
#: can have, links in a circle, too many files open.
MENDABLE = {
    *(errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.ENODEV, errno.EFBIG, errno.ESTALE),
    *(errno.ENAMETOOLONG, errno.ELOOP, errno.EMFILE, errno.ENFILE),
}


def plain_os_error(error: OSError) -> UserError | None:
    """The sentence for an error of the disk that nothing has turned into one; None for a fault of ours."""
    name = str(error.filename) if error.filename else "what was to be saved"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFullError(f"The disk has no room for {name}. Make room and start again.")
    if error.errno in MENDABLE:
        return UserError(f"{name} cannot be read or written ({error.strerror}).")
    return None


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


@contextmanager
def no_leftover(part: Path) -> Iterator[None]:
    """Remove `part`, the beginning of a file that could not be written: it would keep the room it took."""
    try:
        yield
    except BaseException:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise


def write_json(path: Path, value: Any) -> None:
    """Replace `path` by JSON in one step. Raises `DiskFullError` or `UserError`."""
    waiting = path.with_name(path.name + ".part")
    with plain_disk_errors(path), no_leftover(waiting):
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
