"""The SAE formats that this version reads."""

from __future__ import annotations

from collections.abc import Sequence

from studio.api import SaeFormat, hookimpl


@hookimpl
def concept_studio_sae_formats() -> Sequence[SaeFormat]:
    """All of them, the most particular first."""
    from models.sae.formats.registry import built_in

    return built_in()
