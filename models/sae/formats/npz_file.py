"""NumPy's .npz archives, without pickles and without surprises."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from models.sae.formats.archive import entries
from models.sae.formats.weights_file import Shapes, check_finite, damaged, file_sha256
from studio.domain.errors import SaeFormatError


class NpzFile:
    """Names and shapes from the arrays' headers; arrays on demand."""

    container = "npz"

    def __init__(self, path: Path) -> None:
        self.path = path
        self.extra: Mapping[str, Any] = {}
        with open(path, "rb") as file:
            found = entries(file, path)
            archive = zipfile.ZipFile(file)
            arrays = [entry for entry in found if entry.filename.endswith(".npy")]
            self.shapes: Shapes = {e.filename.removesuffix(".npy"): _shape(archive, e, path) for e in arrays}

    def tensors(self, names: Iterable[str]) -> dict[str, Tensor]:
        """The named tensors, checked to be floats and finite. Raises `SaeFormatError`."""
        try:
            with np.load(self.path, allow_pickle=False) as archive:
                found = {name: torch.from_numpy(archive[name]) for name in names}
        except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
            raise SaeFormatError(damaged(self.path)) from error
        for name, tensor in found.items():
            check_finite(name, tensor, self.path)
        return found

    def sha256(self) -> str:
        """The file's hash."""
        return file_sha256(self.path)


def _shape(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path) -> tuple[int, ...]:
    try:
        with archive.open(entry) as file:
            version = np.lib.format.read_magic(file)
            read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
            shape, _, dtype = read[version](file)
            start = file.tell()
    except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile, RecursionError) as error:
        raise SaeFormatError(damaged(path)) from error
    if dtype.hasobject:
        raise SaeFormatError(
            f"{path} holds Python objects, which would run code when read. It is not opened."
        )
    if start + dtype.itemsize * int(np.prod(shape, dtype=object)) != entry.file_size:
        raise SaeFormatError(f"{path}: {entry.filename} claims the shape {shape}, which it does not hold.")
    return tuple(shape)
