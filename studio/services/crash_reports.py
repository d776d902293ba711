"""Crash reports: one file each in the log folder, without secrets, the oldest removed in time."""

from __future__ import annotations

import contextlib
import os
import re
from datetime import UTC, datetime
from pathlib import Path

from studio.services.places import log_folder

#: Reports that are kept.
KEPT = 50
#: Hub tokens, and what follows "Bearer" in a header that an HTTP client complains about.
_SECRETS = re.compile(r"hf_[A-Za-z0-9]{8,}|(?<=Bearer )[^\s'\"]+|(?<=://)[^/\s@]+:[^/\s@]+(?=@)")


def write_report(text: str) -> Path:
    """Write a report and return its path. Raises `OSError` when it cannot be written."""
    folder = log_folder()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"crash-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}.txt"
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(without_secrets(text))
    for old in sorted(folder.glob("crash-*.txt"))[:-KEPT]:
        with contextlib.suppress(OSError):
            old.unlink()
    return path


def without_secrets(text: str) -> str:
    """`text` with tokens and passwords blacked out."""
    return _SECRETS.sub("[removed]", text)
