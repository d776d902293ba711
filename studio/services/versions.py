"""Versions of what takes part in a run, for its record."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

PACKAGES = ("concept-studio", "torch", "transformers", "numpy", "pillow")


def versions() -> dict[str, str]:
    """Name and version of Python and of the packages that results depend on."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
