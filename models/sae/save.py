"""Writing an SAE."""

from __future__ import annotations

import errno
import shutil
import tempfile
from pathlib import Path

from models.sae.formats import sparsify
from models.sae.sae import Sae
from studio.domain.errors import DiskFullError, ModelError


def save_sae(sae: Sae, folder: str | Path) -> None:
    """Write `sae` in sparsify's format to `folder` (made if missing; an SAE already there is replaced).

    Nothing is half-written: both files are complete before either is put in place. Raises
    `DiskFullError` or `ModelError`.
    """
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".saving-") as scratch:
            sparsify.write(sae, Path(scratch))
            for name in ("sae.safetensors", "cfg.json"):
                shutil.move(Path(scratch) / name, folder / name)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise DiskFullError(f"The disk has no room for the SAE in {folder}.") from error
        raise ModelError(f"The SAE cannot be written to {folder}: {error.strerror or error}.") from error
