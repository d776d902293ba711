"""A safetensors file, opened with suspicion and read once."""

from __future__ import annotations

import hashlib
import json
import mmap
from collections.abc import Iterable
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from studio.domain.errors import SaeFormatError

#: Numbers checked, and bytes hashed, at a time.
BLOCK = 1 << 24
#: No SAE has a header this long.
LONGEST_HEADER = 1 << 20

Shapes = dict[str, tuple[int, ...]]


class WeightsFile:
    """Names and shapes first; tensors on demand, mapped from the file and not copied."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.shapes = read_header(path)

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
        digest = hashlib.sha256()
        with open(self.path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            for at in range(0, len(data), BLOCK):
                digest.update(memoryview(data)[at : at + BLOCK])
        return digest.hexdigest()


def read_header(path: Path) -> Shapes:
    """Names and shapes of the tensors in a safetensors file. Raises `SaeFormatError` for a damaged one."""
    try:
        size = path.stat().st_size
        with open(path, "rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if length > min(size, LONGEST_HEADER):
                raise SaeFormatError(_damaged(path, size))
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
        raise SaeFormatError(_damaged(path, size))
    return shapes


def _damaged(path: Path, size: int) -> str:
    return f"{path} is incomplete or damaged ({size:,} bytes are there). Download or copy it again."


def check_finite(name: str, tensor: Tensor, path: Path) -> None:
    """Raise `SaeFormatError` unless `tensor` holds finite floats only; makes no copy of it."""
    if not tensor.is_floating_point():
        raise SaeFormatError(f"{path}: the tensor {name} holds {tensor.dtype}, not floating-point numbers.")
    flat = tensor.reshape(-1)
    for at in range(0, flat.shape[0], BLOCK):
        low, high = torch.aminmax(flat[at : at + BLOCK])
        if not (torch.isfinite(low) and torch.isfinite(high)):
            raise SaeFormatError(
                f"{path}: the tensor {name} holds NaN or infinite numbers; the SAE is unusable."
            )
