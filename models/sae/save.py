"""Writing an SAE."""

from __future__ import annotations

import errno
import tempfile
from collections.abc import Sequence
from pathlib import Path

from models.sae.formats.format import Format
from models.sae.formats.registry import built_in
from models.sae.sae import Sae
from studio.domain.errors import DiskFullError, ModelError, SaeFormatError

#: The weights that the built-in formats write: an SAE in another one of these is replaced, too.
OURS = frozenset({"sae.safetensors", "sae_weights.safetensors"})


def save_sae(
    sae: Sae, folder: str | Path, format: str = "sparsify", formats: Sequence[Format] | None = None
) -> tuple[str, ...]:
    """Write `sae` to `folder` (made if missing; an SAE already there is replaced), for eai-sparsify or, with
    `format` "saelens", for SAELens 6, which holds every kind of SAE but groupmax. `formats` are those looked
    for, None for the built-in ones (`studio.services.model_plugins.sae_formats` has those of plug-ins).

    Returns the names of the files. Nothing is half-written: all are complete before any is put in place.
    Raises `DiskFullError`, `ModelError` or `SaeFormatError`.
    """
    writers = {f.name: f.write for f in (built_in() if formats is None else formats) if f.write is not None}
    if format not in writers:
        raise SaeFormatError(f"SAEs are not written as {format!r}; known are {', '.join(writers)}.")
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".saving-") as scratch:
            writers[format](sae, Path(scratch))
            return _put_in_place(Path(scratch), folder, format)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise DiskFullError(f"The disk has no room for the SAE in {folder}.") from error
        raise ModelError(f"The SAE cannot be written to {folder}: {error.strerror or error}.") from error


def _put_in_place(scratch: Path, folder: Path, format: str) -> tuple[str, ...]:
    """Move what was written; weights before the config that speaks of them."""
    names = sorted((path.name for path in scratch.iterdir() if path.is_file()), key=_is_config)
    if not names:
        raise SaeFormatError(f"The format {format!r} wrote no file.")
    # safetensors makes files that only their owner reads; they get the mode of any new file.
    (scratch / ".any").touch()
    mode = (scratch / ".any").stat().st_mode
    for name in names:
        (scratch / name).chmod(mode)
        (scratch / name).replace(folder / name)
    for left in OURS - set(names):
        (folder / left).unlink(missing_ok=True)
    return tuple(names)


def _is_config(name: str) -> bool:
    return name.endswith(".json")
