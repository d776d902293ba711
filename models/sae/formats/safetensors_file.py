"""A safetensors file, opened with suspicion and read once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from torch import Tensor

from models.sae.formats.weights_file import Shapes, check_finite, damaged, file_sha256
from studio.domain.errors import SaeFormatError

#: No SAE has a header this long.
LONGEST_HEADER = 1 << 20


class SafetensorsFile:
    """Names and shapes first; tensors on demand, mapped from the file and not copied."""

    container = "safetensors"

    def __init__(self, path: Path) -> None:
        self.path = path
        self.shapes = read_header(path)
        self.extra: Mapping[str, Any] = {}

    def tensors(self, names: Iterable[str]) -> dict[str, Tensor]:
        """The named tensors, checked to be floats and finite. Raises `SaeFormatError`."""
        try:
            with safe_open(str(self.path), framework="pt", device="cpu") as file:
                found = {name: file.get_tensor(name) for name in names}
        except (SafetensorError, OSError) as error:
            raise SaeFormatError(f"{self.path} cannot be read: {error}.") from error
        for name, tensor in found.items():
            check_finite(name, tensor, self.path)
        return found

    def sha256(self) -> str:
        """The file's hash, from the pages that the tensors are mapped to."""
        return file_sha256(self.path)


def read_header(path: Path) -> Shapes:
    """Names and shapes of the tensors in a safetensors file. Raises `SaeFormatError` for a damaged one."""
    try:
        size = path.stat().st_size
        with open(path, "rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if length > min(size, LONGEST_HEADER):
                raise SaeFormatError(damaged(path))
            header = json.loads(file.read(length))
    except (OSError, ValueError, RecursionError) as error:
        raise SaeFormatError(f"{path} is not a safetensors file, or is damaged. Get it again.") from error
    return _shapes(path, header, size - 8 - length)


def _shapes(path: Path, header: object, size: int) -> Shapes:
    try:
        entries = {name: entry for name, entry in header.items() if name != "__metadata__"}
        end = max((entry["data_offsets"][1] for entry in entries.values()), default=0)
        shapes = {name: tuple(int(side) for side in entry["shape"]) for name, entry in entries.items()}
    except (AttributeError, KeyError, IndexError, TypeError, ValueError) as error:
        raise SaeFormatError(f"{path} is not a safetensors file, or is damaged. Get it again.") from error
    if end != size:
        raise SaeFormatError(damaged(path))
    return shapes
