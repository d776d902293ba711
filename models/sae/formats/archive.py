"""Zip archives (torch files, .npz) looked at before any library opens them."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import IO

from studio.domain.errors import SaeFormatError

#: Weights are noise: they hardly shrink. What grows more than this when unpacked is no SAE.
GROWTH = 20
#: Entries and bytes of a pickle beyond these are not an SAE's.
MOST_ENTRIES = 10_000
LONGEST_PICKLE = 1 << 24


def entries(file: IO[bytes], path: Path) -> list[zipfile.ZipInfo]:
    """The archive's table of contents. Raises `SaeFormatError` for damage and for bombs."""
    try:
        found = zipfile.ZipFile(file).infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise SaeFormatError(
            f"{path} is no whole archive: it is incomplete, damaged, or of a kind that is not read."
        ) from error
    if len(found) > MOST_ENTRIES:
        raise SaeFormatError(f"{path} holds {len(found):,} entries; an SAE's file holds a few.")
    unpacked = sum(entry.file_size for entry in found)
    if unpacked > GROWTH * max(path.stat().st_size, 1 << 20):
        raise SaeFormatError(f"{path} would unpack to {unpacked:,} bytes. It is a zip bomb, not an SAE.")
    return found


def check_torch(file: IO[bytes], path: Path) -> None:
    """Raise `SaeFormatError` unless this is a torch file as `torch.save` writes them: nothing compressed,
    nothing longer than the file, a short pickle."""
    found = entries(file, path)
    if any(entry.compress_type != zipfile.ZIP_STORED for entry in found):
        raise SaeFormatError(f"{path} is compressed, which torch.save never does. It is not opened.")
    if sum(entry.file_size for entry in found) > path.stat().st_size:
        raise SaeFormatError(f"{path} claims to hold more than its own size. It is not opened.")
    pickles = [entry for entry in found if entry.filename.rpartition("/")[2] == "data.pkl"]
    if len(pickles) != 1 or pickles[0].file_size > LONGEST_PICKLE:
        raise SaeFormatError(f"{path} is not a torch file with an SAE.")
