"""Weights in a file of any kind: names and shapes at once, checked tensors on demand."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor

from studio.domain.errors import SaeFormatError

#: Numbers checked, and bytes hashed, at a time.
BLOCK = 1 << 24

Shapes = dict[str, tuple[int, ...]]


class Weights(Protocol):
    """What a format reads. `container` is the kind of file: "safetensors", "torch", "npz" or "saev".

    `extra` is whatever else lies in the file (a config, k ...), by name; nothing of it is trusted.
    """

    path: Path
    shapes: Shapes
    extra: Mapping[str, Any]
    container: str

    def tensors(self, names: Iterable[str]) -> dict[str, Tensor]:
        """The named tensors, checked to be floats and finite. Raises `SaeFormatError`."""

    def sha256(self) -> str:
        """The file's hash."""


def file_sha256(path: Path) -> str:
    """A file's hash, through one small buffer: what the tensors have mapped is in the system's cache and not
    read from the disk again, and a second map would count the whole file twice."""
    digest, buffer = hashlib.sha256(), bytearray(BLOCK)
    with open(path, "rb", buffering=0) as file:
        while count := file.readinto(buffer):
            digest.update(memoryview(buffer)[:count])
    return digest.hexdigest()


def damaged(path: Path) -> str:
    """The sentence about a file that is not whole."""
    size = path.stat().st_size if path.exists() else 0
    return f"{path} is incomplete or damaged ({size:,} bytes are there). Download or copy it again."


def check_finite(name: str, tensor: Tensor, path: Path) -> None:
    """Raise `SaeFormatError` unless `tensor` holds finite floats only; makes no copy of it."""
    if not tensor.is_floating_point():
        raise SaeFormatError(f"{path}: the tensor {name} holds {tensor.dtype}, not floating-point numbers.")
    flat = (tensor.t() if tensor.ndim == 2 and not tensor.is_contiguous() else tensor).reshape(-1)
    for at in range(0, flat.shape[0], BLOCK):
        low, high = torch.aminmax(flat[at : at + BLOCK])
        if not (torch.isfinite(low) and torch.isfinite(high)):
            raise SaeFormatError(
                f"{path}: the tensor {name} holds NaN or infinite numbers; the SAE is unusable."
            )
