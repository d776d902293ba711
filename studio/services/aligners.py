"""The joint encoder of a name, from the first plug-in that knows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio.domain.errors import ModelError
from studio.services.plugin_host import PluginHost, load_plugins

if TYPE_CHECKING:
    from models.aligners import Aligner


def find_aligner(model: str, device: str = "auto", host: PluginHost | None = None) -> Aligner:
    """Load the encoder `model`. Raises `ModelError` and `NetworkError`."""
    aligner: Aligner
    for _name, aligner in (host or load_plugins()).each(
        "concept_studio_aligners", model=model, device=device
    ):
        return aligner
    raise ModelError(f"No plug-in knows the aligner “{model}”.")
