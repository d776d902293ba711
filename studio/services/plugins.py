"""The plug-ins as a person sees them: what each offers, on or off, and what went wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from studio.domain.errors import UserError
from studio.services.plugin_check import LISTS
from studio.services.plugin_host import PluginHost, load_plugins
from studio.services.plugin_report import PluginReport
from studio.services.plugin_store import forget_verdicts, switch

#: What a hook brings, in the words of a list.
OFFERS = {
    "concept_studio_open_data": "data sets",
    "concept_studio_sae_formats": "SAE formats",
    "concept_studio_vlm_adapters": "model families",
    "concept_studio_aligners": "aligners",
    "concept_studio_explainers": "explainers",
    "concept_studio_scorers": "scorers",
    "concept_studio_exporters": "exports",
}


@dataclass(frozen=True, slots=True)
class PluginInfo:
    """A row of the list: `offers` are words such as "exports: csv"."""

    name: str
    version: str
    distribution: str
    built_in: bool
    on: bool
    offers: tuple[str, ...]
    error: str
    details: str

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {name: getattr(self, name) for name in self.__slots__}


def list_plugins(again: bool = False) -> list[PluginInfo]:
    """Every plug-in that is found, those of others first. `again` tries those of others once more."""
    if again:
        forget_verdicts()
    host = load_plugins()
    names = {hook: _names(host, hook) for hook in LISTS}
    found = [_info(report, names) for report in host.reports]
    return sorted(found, key=lambda one: (one.built_in, one.name, one.distribution))


def switch_plugin(name: str, on: bool) -> None:
    """Use a plug-in, or leave it out, from the next thing that asks for plug-ins. Raises `UserError` when
    there is none of that name, or it is part of Concept Studio."""
    reports = [report for report in load_plugins(wait=False).reports if report.name == name]
    if not reports:
        raise UserError(f"No plug-in is named “{name}”. `concept-studio plugins` lists those there are.")
    if all(report.built_in for report in reports):
        raise UserError(f"“{name}” is part of Concept Studio and stays on.")
    switch(name, on)


def _names(host: PluginHost, hook: str) -> dict[str, list[str]]:
    """The names of what each plug-in offers through one hook."""
    return {plugin: [one.name for one in offered] for plugin, offered in host.each(hook)}


def _info(report: PluginReport, names: dict[str, dict[str, list[str]]]) -> PluginInfo:
    offers = tuple(_words(hook, names.get(hook, {}).get(report.name, [])) for hook in report.hooks)
    return PluginInfo(
        report.name,
        report.version,
        report.distribution,
        report.built_in,
        report.on,
        offers,
        report.error,
        report.details,
    )


def _words(hook: str, names: list[str]) -> str:
    words = OFFERS.get(hook, hook)
    return f"{words}: {', '.join(names)}" if names else words
