"""Finds plug-ins: the built-in ones, then those of installed packages. One that fails is left out."""

from __future__ import annotations

import importlib
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import pluggy

from studio import hookspecs
from studio.domain.errors import UserError
from studio.services.plugin_check import new_manager, register, wrong_result
from studio.services.plugin_guard import LONGEST, guarded, within
from studio.services.plugin_report import PluginReport, UnfitError, left_out, reason
from studio.services.plugin_store import switched_off
from studio.services.plugin_trial import SECONDS, try_all, untried

BUILT_IN = (
    "plugins.sae_formats",
    "plugins.vlm_adapters",
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
NOT_TRIED = "it is new here and is being tried. Ask once more in a moment"


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
        """Call one hook of every plug-in, the one loaded last first: its name and what it returned (of
        plug-ins of others `guarded`), unless None. One that raises, returns what the hook does not, or does
        not give its list in time is added to `failed` and left out; a `UserError` of a hook with arguments
        passes: it is for the person who asked."""
        for found in reversed(getattr(self.hook, hook).get_hookimpls()):
            foreign = found.plugin_name not in BUILT_IN
            try:
                call = partial(found.function, **{name: arguments[name] for name in found.argnames})
                lists = foreign and not arguments
                result = within(LONGEST, hook, call) if lists else call()
                if wrong := wrong_result(hook, result):
                    raise UnfitError(wrong)
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # as when it is loaded
                if isinstance(error, UserError) and arguments:
                    raise
                self.blame(found.plugin_name, error)
                continue
            if result is not None:
                yield found.plugin_name, guarded(result, found.plugin_name, hook) if foreign else result

    def blame(self, name: str, error: BaseException) -> None:
        """Report what a plug-in did when it was called."""
        details = "".join(traceback.format_exception(error))
        at = next((at for at, one in enumerate(self.reports) if one.name == name), None)
        known = PluginReport(name, "") if at is None else self.reports[at]
        failed = replace(known, error=left_out(name, reason(error)), details=details)
        if at is None:
            self.reports.append(failed)
        else:
            self.reports[at] = failed

    @property
    def failed(self) -> list[PluginReport]:
        """Those that were left out."""
        return [report for report in self.reports if report.error]


def load_plugins(
    built_in: Iterable[str] = BUILT_IN,
    external: Iterable[EntryPoint] | None = None,
    wait: bool = True,
    seconds: float = SECONDS,
) -> PluginHost:
    """Load the built-in modules and the entry points (by default those of the installed packages).

    A plug-in of others that is new is tried in a process of its own first, for at most `seconds`; with `wait`
    False (for the window's thread) it is left out this time, and tried in the background for the next.
    """
    host = PluginHost(new_manager())
    for name in built_in:
        report = PluginReport(name, "built in", built_in=True)
        _load(host, report, partial(importlib.import_module, name))
    found = entry_points(group=hookspecs.ENTRY_POINTS) if external is None else external
    points = sorted(found, key=lambda point: (point.name, point.dist.name if point.dist else ""))
    off = switched_off()
    wanted = [point for point in points if point.name not in off]
    errors = dict(zip(map(id, wanted), _errors(wanted, wait, seconds)))
    for point in points:
        report = _found(point)
        if point.name in off:
            host.reports.append(replace(report, on=False))
        elif errors[id(point)]["error"]:
            _leave_out(host, report, errors[id(point)]["error"], errors[id(point)]["details"])
        else:
            _load(host, report, point.load)
    return host


def _errors(points: list[EntryPoint], wait: bool, seconds: float) -> list[dict[str, str]]:
    if not points:
        return []
    if wait:
        return try_all(points, seconds)
    new = untried(points)
    if any(new):  # ready for the next time
        threading.Thread(target=try_all, args=(points, seconds), name="plug-ins", daemon=True).start()
    known = iter(try_all([point for point, fresh in zip(points, new) if not fresh]))
    return [{"error": NOT_TRIED, "details": ""} if fresh else next(known) for fresh in new]


def _found(point: EntryPoint) -> PluginReport:
    dist = point.dist
    return PluginReport(point.name, dist.version if dist else "", distribution=dist.name if dist else "")


def _load(host: PluginHost, report: PluginReport, load: Callable[[], Any]) -> None:
    if (twin := host.manager.get_plugin(report.name)) is not None:
        _leave_out(host, report, _twin(host, report.name))
        return
    try:
        register(host.manager, twin := load(), report.name)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a plug-in may raise anything, SystemExit included
        _leave_out(host, report, reason(error), "".join(traceback.format_exception(error)))
        return
    hooks = sorted(caller.name for caller in host.manager.get_hookcallers(twin) or ())
    host.reports.append(replace(report, hooks=tuple(hooks)))


def _twin(host: PluginHost, name: str) -> str:
    first = next(report for report in host.reports if report.name == name)
    of = f"the package {first.distribution}" if first.distribution else "another package"
    whose = "Concept Studio itself" if first.built_in else of
    return f"{whose} has a plug-in of the same name, and that one is used. Uninstall one of the two"


def _leave_out(host: PluginHost, report: PluginReport, why: str, details: str = "") -> None:
    host.reports.append(replace(report, error=left_out(report.name, why), details=details))
