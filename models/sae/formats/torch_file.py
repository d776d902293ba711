"""Torch files (.pt): pickles, so nothing but `torch.load(weights_only=True)` opens them."""

from __future__ import annotations

import io
import pickle
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from models.sae.formats.archive import check_torch
from models.sae.formats.weights_file import Shapes, check_finite, file_sha256
from studio.domain.errors import SaeFormatError

#: Where a state dict may lie in a checkpoint.
WRAPPERS = ("state_dict", "ae", "model_state_dict", "model")
ZIP = b"PK\x03\x04"


class TorchFile:
    """A checkpoint, mapped from the file: tensors are read only when they are asked for.

    `shapes` are those of the state dict, which may lie within {state_dict, cfg ...} or {ae, step ...};
    `extra` is all the rest.
    """

    container = "torch"

    def __init__(self, path: Path) -> None:
        self.path = path
        _refuse_old(path)
        with open(path, "rb") as file:
            check_torch(file, path)
        self._held, self.extra = unwrapped(loaded(path, str(path), mmap=True), path)
        self.shapes: Shapes = {name: tuple(tensor.shape) for name, tensor in self._held.items()}
        self.extra = {**_whole_numbers(self._held), **self.extra}

    def tensors(self, names: Iterable[str]) -> dict[str, Tensor]:
        """The named tensors, checked to be floats and finite. Raises `SaeFormatError`."""
        found = {name: self._held[name].detach() for name in names}
        for name, tensor in found.items():
            check_finite(name, tensor, self.path)
        return found

    def sha256(self) -> str:
        """The file's hash."""
        return file_sha256(self.path)


def _whole_numbers(held: Mapping[str, Tensor]) -> dict[str, int]:
    """Single whole numbers kept as tensors, such as k."""
    small = {name: t for name, t in held.items() if t.ndim == 0 and not t.is_floating_point()}
    return {name: int(tensor) for name, tensor in small.items()}


def _refuse_old(path: Path) -> None:
    try:
        with open(path, "rb") as file:
            start = file.read(4)
    except OSError as error:
        raise SaeFormatError(f"{path} cannot be read: {error.strerror or error}.") from error
    if start != ZIP:
        raise SaeFormatError(
            f"{path} is no torch file of a kind that can be opened safely: it is empty, incomplete, damaged, "
            "or older than torch 1.6. An old one: load it where it was made and torch.save it again."
        )


def loaded(path: Path, source: str | io.RawIOBase, mmap: bool = False) -> object:
    """What `torch.load(weights_only=True)` makes of it. Raises `SaeFormatError` that says why it does not."""
    try:
        return torch.load(source, map_location="cpu", weights_only=True, mmap=mmap)
    except pickle.UnpicklingError as error:
        raise SaeFormatError(_why_refused(path, str(error))) from error
    except Exception as error:  # a damaged pickle can raise anything
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise SaeFormatError(
            f"{path} is incomplete or damaged ({reason}). Download or copy it again."
        ) from error


def _why_refused(path: Path, message: str) -> str:
    found = re.search(r"GLOBAL (\S+)", message) or re.search(r"`?([\w.]+\.[\w.]+)`? ", message)
    what = f" ({found[1]})" if found else ""
    return (
        f"{path} holds Python objects{what} beside its tensors. Reading them would run code from the file, "
        "so it is not opened. Where it was made, save its state_dict() alone with torch.save."
    )


def unwrapped(content: object, path: Path) -> tuple[dict[str, Tensor], Mapping[str, Any]]:
    """The state dict in a checkpoint, and the rest. Raises `SaeFormatError` for tensors that lie about
    themselves."""
    if not isinstance(content, Mapping):
        raise SaeFormatError(f"{path} holds no state dict, but a {type(content).__name__}.")
    key = next((name for name in WRAPPERS if isinstance(content.get(name), Mapping)), None)
    state = content if key is None else content[key]
    extra = {} if key is None else {name: value for name, value in content.items() if name != key}
    tensors = {str(name): value for name, value in state.items() if isinstance(value, Tensor | nn.Parameter)}
    extra |= {str(name): value for name, value in state.items() if str(name) not in tensors}
    for name, tensor in tensors.items():
        _check_plain(name, tensor, path)
    return tensors, extra


def _check_plain(name: str, tensor: Tensor, path: Path) -> None:
    if tensor.layout != torch.strided or tensor.is_quantized or tensor.device.type == "meta":
        raise SaeFormatError(f"{path}: the tensor {name} is sparse or quantized; only plain ones are read.")
    if not (tensor.is_contiguous() or (tensor.ndim == 2 and tensor.t().is_contiguous())):
        raise SaeFormatError(
            f"{path}: the tensor {name} claims {tensor.numel():,} numbers that the file does not hold one by "
            "one (overlapping strides). Save it again with .contiguous()."
        )
    if tensor.numel() * tensor.element_size() > path.stat().st_size:
        raise SaeFormatError(f"{path}: the tensor {name} claims more than the file holds.")
