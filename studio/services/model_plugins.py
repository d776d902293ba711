"""The SAE formats and model families of all plug-ins, handed down to `models`, which knows of no plug-in."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

from studio.domain.errors import ModelError, SaeFormatError, UserError
from studio.hookspecs import SaeFormat, VlmAdapter
from studio.services.plugin_host import BUILT_IN, PluginHost, load_plugins
from studio.services.plugin_report import reason

if TYPE_CHECKING:
    from models.sae.formats.format import Format
    from models.vlm.adapters import Adapter

Answer = TypeVar("Answer")


def sae_formats(host: PluginHost | None = None) -> tuple[Format, ...]:
    """Every SAE format in the order they are asked: those of the plug-in loaded last first. One of a plug-in
    that raises while a file is looked at recognises nothing; one that fails to read is named."""
    host = host or load_plugins()
    return tuple(
        found if plugin in BUILT_IN else _format(found, plugin, host)
        for plugin, offered in host.each("concept_studio_sae_formats")
        for found in offered
    )


def vlm_adapters(host: PluginHost | None = None) -> dict[str, Adapter]:
    """Every model family by its model_type; of two with one model_type, that of the plug-in loaded last."""
    known: dict[str, Any] = {}
    for plugin, offered in (host or load_plugins()).each("concept_studio_vlm_adapters"):
        for adapter in offered:
            foreign = plugin not in BUILT_IN
            known.setdefault(adapter.model_type, ForeignAdapter(adapter, plugin) if foreign else adapter)
    return known


class ForeignAdapter:
    """An adapter of somebody else's: what it raises becomes a sentence that names the plug-in."""

    def __init__(self, adapter: VlmAdapter, plugin: str) -> None:
        self._adapter, self._plugin = adapter, plugin

    @property  # type: ignore[misc]
    def __class__(self) -> type:  # `models` asks what kind of adapter it has
        return type(self._adapter)

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._adapter, name)
        return _named(value, self._plugin, f"fit this model ({name})") if callable(value) else value


def _format(found: SaeFormat, plugin: str, host: PluginHost) -> Format:
    from models.sae.formats.format import Format

    def recognises(shapes: Any, config: Any, container: str) -> bool:
        try:
            return bool(found.recognises(shapes, config, container))
        except Exception as error:
            host.blame(plugin, error)
            return False

    read = _named(found.read, plugin, f"read this SAE as {found.name}", SaeFormatError)
    return Format(found.name, recognises, read, getattr(found, "write", None))


def _named(
    call: Callable[..., Answer], plugin: str, what: str, kind: type[ModelError] = ModelError
) -> Callable[..., Answer]:
    @wraps(call)
    def named(*arguments: Any, **more: Any) -> Answer:
        try:
            return call(*arguments, **more)
        except (UserError, KeyboardInterrupt):
            raise
        except Exception as error:
            raise kind(f"The plug-in “{plugin}” could not {what}: {reason(error)}") from error

    return named
