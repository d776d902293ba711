"""CLIP, SigLIP and ALIGN as aligners, by folder or repo id."""

from __future__ import annotations

from typing import Any

from studio.api import hookimpl


@hookimpl
def concept_studio_aligners(model: str, device: str) -> Any:
    """Loaded last of all plug-ins' aligners: says why a model is none."""
    from models.aligners import load_aligner

    return load_aligner(model, device=device)
