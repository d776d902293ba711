"""Writing an SAE."""

from __future__ import annotations

import errno
import shutil
import tempfile
from pathlib import Path

from models.sae.formats import saelens_write, sparsify
from models.sae.sae import Sae
from studio.domain.errors import DiskFullError, ModelError, SaeFormatError

#: format -> what writes it, and the files it makes.
WRITERS = {
    "sparsify": (sparsify.write, ("sae.safetensors", "cfg.json")),
    "saelens": (saelens_write.write, ("sae_weights.safetensors", "cfg.json")),
}


def save_sae(sae: Sae, folder: str | Path, format: str = "sparsify") -> tuple[str, ...]:
    """Write `sae` to `folder` (made if missing; an SAE already there is replaced), for eai-sparsify or, with
    `format` "saelens", for SAELens 6, which holds every kind of SAE but groupmax.

    Returns the names of the files. Nothing is half-written: both are complete before either is put in
    place. Raises `DiskFullError`, `ModelError` or `SaeFormatError`.
    """
    if format not in WRITERS:
        raise SaeFormatError(f"SAEs are not written as {format!r}; known are {', '.join(WRITERS)}.")
    write, names = WRITERS[format]
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".saving-") as scratch:
            write(sae, Path(scratch))
            # safetensors makes files that only their owner reads; the config has the mode of any new file.
            mode = (Path(scratch) / "cfg.json").stat().st_mode
            for name in names:
                (Path(scratch) / name).chmod(mode)
                shutil.move(Path(scratch) / name, folder / name)
            return names
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise DiskFullError(f"The disk has no room for the SAE in {folder}.") from error
        raise ModelError(f"The SAE cannot be written to {folder}: {error.strerror or error}.") from error
