"""What is asked of a plug-in: a version of the hooks, hooks that exist, and results of the right type."""

from __future__ import annotations

from collections.abc import Collection
from importlib.metadata import EntryPoint
from typing import Any, get_args, get_origin, get_type_hints

import pluggy

from studio import hookspecs
from studio.services.plugin_report import UnfitError, a_kind

#: Hooks that list things and need no torch: they can be called to see what a plug-in offers.
LISTS = ("concept_studio_exporters", "concept_studio_explainers", "concept_studio_scorers")
#: What attributes of a returned object are, where it has them.
ATTRIBUTES: dict[str, type] = {
    **dict.fromkeys(("name", "title", "note", "suffix", "model_type"), str),
    "order": int,
    "parts": Collection,
}


def new_manager() -> pluggy.PluginManager:
    """A manager that knows the hooks, without plug-ins."""
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    return manager


def register(manager: pluggy.PluginManager, plugin: object, name: str) -> None:
    """Check a plug-in and take it in. Raises what is wrong with it, and then it is not in."""
    check_version(plugin)
    try:
        manager.register(plugin, name)
        manager.check_pending()
        if not manager.get_hookcallers(plugin):
            raise UnfitError("it has no function that is marked hookimpl, so it offers nothing")
    except BaseException:
        if manager.has_plugin(name):
            manager.unregister(plugin, name)
        raise


def check_version(plugin: object) -> None:
    """Raises `UnfitError` for a plug-in that was written for other hooks than these."""
    wanted, here = getattr(plugin, "API_VERSION", hookspecs.API_VERSION), hookspecs.API_VERSION
    if not isinstance(wanted, int) or isinstance(wanted, bool) or wanted < 1:
        raise UnfitError(f"its API_VERSION is {wanted!r}, and has to be a whole number from 1 to {here}")
    if wanted > here:
        raise UnfitError(
            f"it was written for version {wanted} of the plug-in hooks, and this Concept Studio has version "
            f"{here}. Update Concept Studio, or install an older version of the plug-in"
        )


def wrong_result(hook: str, result: object) -> str:
    """What is wrong with what a hook returned, "" when nothing is. None is always right."""
    kind = returns(hook)
    if kind is Any or result is None:
        return ""
    if get_origin(kind) is not list:
        return _wrong_part(hook, result, kind)
    if not isinstance(result, (list, tuple)):
        return f"{hook} returned {a_kind(result)}, and has to return a list"
    (inner,) = get_args(kind)
    return next((wrong for part in result if (wrong := _wrong_part(hook, part, inner))), "")


def try_in_this_process(point: EntryPoint) -> None:
    """Load, register and list, as the studio does later. Raises what is wrong; may as well never return."""
    manager = new_manager()
    plugin = point.load()
    register(manager, plugin, point.name)
    for hook in LISTS:
        for found in getattr(manager.hook, hook).get_hookimpls():
            if wrong := wrong_result(hook, found.function()):
                raise UnfitError(wrong)


def returns(hook: str) -> Any:
    """The annotated type of what a hook returns."""
    return get_type_hints(getattr(hookspecs, hook))["return"]


def _wrong_part(hook: str, part: object, kind: Any) -> str:
    if isinstance(part, type):
        return f"{hook} returned the class {part.__name__}, and has to return objects of it"
    if isinstance(part, kind):
        found = {name: getattr(part, name) for name in ATTRIBUTES if hasattr(part, name)}
        odd = (name for name, value in found.items() if not isinstance(value, ATTRIBUTES[name]))
        return next((f"{hook} returned {a_kind(part)} whose {n} is {a_kind(found[n])}" for n in odd), "")
    names = [one.__name__ for one in (get_args(kind) or (kind,)) if one is not type(None)]
    return f"{hook} returned {a_kind(part)}, which lacks something of {' and '.join(names)}"
