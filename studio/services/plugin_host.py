"""Finds plug-ins: the built-in ones, then those of installed packages. One that fails is left out."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType
from typing import Any

import pluggy

from studio import hookspecs
from studio.domain.errors import UserError

BUILT_IN = (
    "plugins.hub_data",
    "plugins.folder_data",
    "plugins.align_joint",
    "plugins.explain_vocabulary",
    "plugins.explain_chat",
    "plugins.score_judged",
    "plugins.score_clip",
    "plugins.score_images",
    "plugins.score_regions",
    "plugins.export_jsonl",
    "plugins.export_csv",
    "plugins.export_parquet",
    "plugins.export_gallery",
    "plugins.export_report",
    "plugins.export_neuronpedia",
    "plugins.export_hub",
)


@dataclass(frozen=True, slots=True)
class PluginReport:
    """One plug-in that was found. `error` is a sentence when it was left out, else empty."""

    name: str
    version: str
    error: str = ""


@dataclass(frozen=True, slots=True)
class PluginHost:
    """The plug-ins in use: call hooks on `hook`; `reports` lists all that were found."""

    manager: pluggy.PluginManager
    reports: list[PluginReport] = field(default_factory=list)

    @property
    def hook(self) -> Any:
        """One caller for each function of `studio.hookspecs`."""
        return self.manager.hook

    def each(self, hook: str, **arguments: Any) -> Iterator[tuple[str, Any]]:
        """Call one hook of every plug-in, the one loaded last first: its name and what it returned,
        unless None. One that raises is added to `failed` and left out; a `UserError` passes: it is for the
        person."""
        for found in reversed(getattr(self.hook, hook).get_hookimpls()):
            try:
                result = found.function(**{name: arguments[name] for name in found.argnames})
            except (UserError, KeyboardInterrupt):
                raise
            except BaseException as error:  # as when it is loaded
                self.reports.append(PluginReport(found.plugin_name, "", _left_out(found.plugin_name, error)))
                continue
            if result is not None:
                yield found.plugin_name, result

    @property
    def failed(self) -> list[PluginReport]:
        """Those that were left out."""
        return [report for report in self.reports if report.error]


def load_plugins(
    built_in: Iterable[str] = BUILT_IN, external: Iterable[EntryPoint] | None = None
) -> PluginHost:
    """Load the built-in modules and the entry points (by default those of the installed packages)."""
    host = PluginHost(pluggy.PluginManager(hookspecs.PROJECT))
    host.manager.add_hookspecs(hookspecs)
    for name in built_in:
        _register(host, name, "built in", partial(importlib.import_module, name))
    found = entry_points(group=hookspecs.ENTRY_POINTS) if external is None else external
    for point in sorted(found, key=lambda point: point.name):
        version = point.dist.version if point.dist else ""
        _register(host, point.name, version, point.load)
    return host


def _register(host: PluginHost, name: str, version: str, load: Any) -> None:
    plugin = None
    try:
        plugin = load()
        _check_version(plugin)
        host.manager.register(plugin, name)
        host.manager.check_pending()
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a plug-in may raise anything, SystemExit included
        if host.manager.has_plugin(name):
            host.manager.unregister(plugin, name)
        host.reports.append(PluginReport(name, version, _left_out(name, error)))
        return
    host.reports.append(PluginReport(name, version))


def _left_out(name: str, error: BaseException) -> str:
    return f"The plug-in “{name}” was left out: {type(error).__name__}: {error}"


def _check_version(plugin: ModuleType | object) -> None:
    wanted = getattr(plugin, "API_VERSION", hookspecs.API_VERSION)
    if not isinstance(wanted, int) or wanted > hookspecs.API_VERSION:
        raise ValueError(f"it asks for version {wanted} of the hooks, and this is {hookspecs.API_VERSION}")
