"""Exports appear under their name when they are whole: one file, or a folder of several."""

from __future__ import annotations

import errno
import json
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

from studio.domain.errors import DiskFullError, UserError

#: Stands in every folder that an export made; without it a folder is somebody's own and never replaced.
MARK = "concept-studio-export.json"


def check_free(out: Path, force: bool) -> None:
    """Raises `UserError` when a file may not be written there. Only a file is ever replaced: a device or a
    pipe would be gone for everybody."""
    mode = _mode(out)
    if mode is None:
        return
    if stat.S_ISDIR(mode):
        raise UserError(f"{out} is a folder. Give the name of the file to write.")
    if not stat.S_ISREG(mode):
        raise UserError(f"{out} is a pipe or a device. Give the name of a file to write.")
    if not force:
        raise UserError(f"{out} is there already. Choose another name, or say that it may be replaced.")


def check_folder_free(out: Path, force: bool) -> None:
    """Raises `UserError` when a folder may not be written there: only one that an export made is replaced,
    or an empty one."""
    mode = _mode(out)
    if mode is None:
        return
    if not stat.S_ISDIR(mode):
        raise UserError(f"{out} is a file, and this format writes a folder. Choose another name.")
    if not any(out.iterdir()):
        return
    if not (out / MARK).is_file():
        raise UserError(
            f"{out} is a folder that no export made. Choose another name, so that nothing is lost."
        )
    if not force:
        raise UserError(f"{out} is there already. Choose another name, or say that it may be replaced.")


def same_file(one: Path, other: Path) -> bool:
    """Whether two paths name one file, by whatever way or link; links in a circle name none."""
    try:
        return os.path.realpath(one) == os.path.realpath(other) or one.samefile(other)
    except OSError:
        return False


def _mode(out: Path) -> int | None:
    """What stands at a path; None where nothing does. Raises `UserError` for a name no file can have."""
    try:
        return out.stat().st_mode
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UserError(f"{out} could not be written ({error.strerror}). Choose another name.") from error


def write_file(out: Path, write: Callable[[IO[bytes]], None]) -> None:
    """Write beside the file, sync, then rename: there is never half a file under the name."""
    part = _beside(out, "part")
    with _sentences(out):
        try:
            with open(part, "xb") as file:
                write(file)
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, out)
        finally:
            with suppress(OSError):  # a read-only folder refuses even this
                part.unlink(missing_ok=True)


def write_folder(out: Path, write: Callable[[Path], None], about: dict[str, Any]) -> None:
    """Write a folder beside `out`, sync it, then rename; `about` goes into the mark it is known by."""
    part = _beside(out, "part")
    with _sentences(out):
        try:
            part.mkdir()
            write(part)
            (part / MARK).write_text(json.dumps(about, ensure_ascii=False, indent=1) + "\n", "utf-8")
            _sync_all(part)
            _take_place(part, out)
        finally:
            shutil.rmtree(part, ignore_errors=True)


def _take_place(part: Path, out: Path) -> None:
    """Rename `part` to `out`; what was there stands aside until that has worked."""
    if not out.exists():
        os.rename(part, out)
        return
    old = _beside(out, "old")
    os.rename(out, old)
    try:
        os.rename(part, out)
    except BaseException:
        os.rename(old, out)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _beside(out: Path, kind: str) -> Path:
    return out.with_name(f".{out.name}.{uuid4().hex[:8]}.{kind}")


def _sync_all(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            with open(path, "rb+") as file:
                os.fsync(file.fileno())


@contextmanager
def _sentences(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFullError(f"There is no room for {out.name}. Make room and try again.") from error
        if error.errno == errno.EFBIG:
            raise UserError(f"{out.name} would be larger than this disk or account allows.") from error
        raise UserError(f"{out} could not be written ({error.strerror}). Choose another folder.") from error
