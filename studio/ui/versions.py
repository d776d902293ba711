"""Which version of what is running, read from the packages' metadata: nothing heavy is imported."""

from __future__ import annotations

import platform

PACKAGES = ("concept-studio", "PySide6-Essentials", "torch", "transformers", "numpy", "sqlite-utils")


def versions() -> dict[str, str]:
    """Name to version, "not installed" where it is not."""
    from importlib.metadata import PackageNotFoundError, version  # slow, and wanted after a crash only

    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    found["Python"] = platform.python_version()
    found["System"] = platform.platform()
    return found


def versions_text() -> str:
    """One line a name."""
    return "\n".join(f"{name} {text}" for name, text in versions().items())
