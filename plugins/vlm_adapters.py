"""The model families that this version reads."""

from __future__ import annotations

from studio.api import VlmAdapter, hookimpl


@hookimpl
def concept_studio_vlm_adapters() -> list[VlmAdapter]:
    """One adapter a family."""
    from models.vlm.adapters import built_in_adapters

    return list(built_in_adapters().values())
