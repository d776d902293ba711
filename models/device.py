"""Where a network runs, and what it says when that place cannot be used or is full."""

from __future__ import annotations

from typing import Any, TypeVar

import torch

from studio.domain.errors import ModelError

Movable = TypeVar("Movable")

#: How PyTorch's CPU allocator says that there is no memory: a plain RuntimeError.
NO_MAIN_MEMORY = ("can't allocate memory", "not enough memory")


def device_of(name: str) -> torch.device:
    """The device of that name; `auto` prefers a GPU. Raises `ModelError`."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise ModelError(f"The device {name} cannot be used here. Use auto, cpu or cuda.") from error
    return device


def is_out_of_memory(error: BaseException) -> bool:
    """Whether memory ran out: the GPU's, Python's, or that of PyTorch's CPU allocator."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error) for words in NO_MAIN_MEMORY)


def moved(network: Movable, device: torch.device, what: str) -> Movable:
    """`network` on `device`; `what` names it for people. Raises `ModelError` when it does not fit."""
    try:
        placed: Any = network.to(device)  # type: ignore[attr-defined]
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        raise ModelError(
            f"{what} does not fit into the memory of {device}. `concept-studio memory` says what would: "
            "another --dtype, or --device cpu."
        ) from error
    return placed


def free_after_failure(device: torch.device) -> None:
    """Give back what a failed attempt left in PyTorch's own pool on a GPU."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
