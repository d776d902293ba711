"""The SAE formats and model families of all plug-ins, handed down to `models`, which knows of no plug-in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from studio.domain.interfaces import SaeFormat
from studio.services.plugin_guard import PluginError
from studio.services.plugin_host import BUILT_IN, PluginHost, load_plugins

if TYPE_CHECKING:
    from models.sae.formats.format import Format
    from models.vlm.adapters import Adapter


def sae_formats(host: PluginHost | None = None) -> tuple[Format, ...]:
    """Every SAE format in the order they are asked: those of the plug-in loaded last first. One of a plug-in
    that raises or hangs while a file is looked at recognises nothing from then on."""
    host = host or load_plugins()
    return tuple(
        found if plugin in BUILT_IN else _format(found, plugin, host)
        for plugin, offered in host.each("concept_studio_sae_formats")
        for found in offered
    )


def vlm_adapters(host: PluginHost | None = None) -> dict[str, Adapter]:
    """Every model family by its model_type; of two with one model_type, that of the plug-in loaded last."""
    known: dict[str, Any] = {}
    for _plugin, offered in (host or load_plugins()).each("concept_studio_vlm_adapters"):
        for adapter in offered:
            known.setdefault(adapter.model_type, adapter)
    return known


def _format(found: SaeFormat, plugin: str, host: PluginHost) -> Format:
    from models.sae.formats.format import Format

    failed: list[PluginError] = []

    def recognises(shapes: Any, config: Any, container: str) -> bool:
        try:
            return not failed and bool(found.recognises(shapes, config, container))
        except PluginError as error:
            failed.append(error)
            host.blame(plugin, error.__cause__ or error)
            return False

    return Format(found.name, recognises, found.read, getattr(found, "write", None))
