"""saev's files: a first line of JSON, then a torch file."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode

from models.sae.formats.archive import check_torch
from models.sae.formats.torch_file import ZIP, loaded, unwrapped
from models.sae.formats.weights_file import Shapes, check_finite, file_sha256
from studio.domain.errors import SaeFormatError

#: No header is longer.
LONGEST_LINE = 1 << 16


def looks_like_saev(path: Path) -> bool:
    """Whether the file starts with a line of JSON that a torch file follows."""
    with open(path, "rb") as file:
        line = file.readline(LONGEST_LINE)
        return line.startswith(b"{") and line.endswith(b"\n") and file.read(4) == ZIP


class SaevFile:
    """`extra` is the header; the tensors are read when they are asked for."""

    container = "saev"

    def __init__(self, path: Path) -> None:
        self.path = path
        with open(path, "rb") as file:
            line = file.readline(LONGEST_LINE)
        self._start = len(line)
        self.extra: Mapping[str, Any] = _header(line, path)
        check_torch(io.BufferedReader(_Tail(path, self._start)), path)
        with FakeTensorMode():
            names, _ = unwrapped(self._load(), path)
        self.shapes: Shapes = {name: tuple(tensor.shape) for name, tensor in names.items()}

    def tensors(self, names: Iterable[str]) -> dict[str, Tensor]:
        """The named tensors, checked to be floats and finite. Raises `SaeFormatError`."""
        held, _ = unwrapped(self._load(), self.path)
        found = {name: held[name].detach() for name in names}
        for name, tensor in found.items():
            check_finite(name, tensor, self.path)
        return found

    def sha256(self) -> str:
        """The file's hash."""
        return file_sha256(self.path)

    def _load(self) -> object:
        with _Tail(self.path, self._start) as tail:
            return loaded(self.path, tail)


def _header(line: bytes, path: Path) -> Mapping[str, Any]:
    try:
        header = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise SaeFormatError(f"{path}: its first line is no JSON; the file is damaged.") from error
    if not isinstance(header, dict):
        raise SaeFormatError(f"{path}: its first line is no JSON object; the file is damaged.")
    return header


class _Tail(io.RawIOBase):
    """A file from `start` on, as a file of its own."""

    def __init__(self, path: Path, start: int) -> None:
        super().__init__()
        self._file, self._start = open(path, "rb"), start  # noqa: SIM115 - closed by close()
        self._file.seek(start)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        moved = self._file.seek(offset + self._start if whence == io.SEEK_SET else offset, whence)
        return moved - self._start

    def tell(self) -> int:
        return self._file.tell() - self._start

    def read(self, size: int = -1) -> bytes:
        return self._file.read(size)

    def readinto(self, buffer: Any) -> int:
        return self._file.readinto(buffer)

    def close(self) -> None:
        self._file.close()
        super().close()
