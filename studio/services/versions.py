"""What takes part in a run, for its record: versions, and the model as it was loaded."""

from __future__ import annotations

import platform
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from studio.domain.specs import ModelSpec

if TYPE_CHECKING:
    from models.vlm import Vlm

PACKAGES = ("concept-studio", "torch", "transformers", "numpy", "pillow", "bitsandbytes")


def versions() -> dict[str, str]:
    """Name and version of Python and of the packages that results depend on."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def model_record(spec: ModelSpec, vlm: Vlm) -> dict[str, Any]:
    """The model as it was asked for, with what it turned out to be: commit, adapter, dtype, device. JSON."""
    return asdict(spec) | {
        "revision": vlm.revision or spec.revision,
        "adapter": vlm.adapter_name,
        "dtype": str(vlm.dtype).removeprefix("torch."),
        "device": str(vlm.device),
    }
