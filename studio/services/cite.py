"""How a neuron is cited: enough words to find it again."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

from studio.domain.annotation import Label
from studio.services.annotate import check_neuron
from studio.services.projects import provenance
from studio.storage.project import Project


def cite(project: Project, neuron: int, annotator: str | None = None) -> str:
    """One line: neuron, concept, SAE, layer, model, project, annotator, version.

    The concept is the adjudicated one, else that of `annotator`, else the proposed one, and it is said which.
    Raises `UserError` when there is no such neuron.
    """
    check_neuron(project, neuron)
    concept, by = _concept(project, neuron, annotator)
    source = provenance(project)
    layer = source.get("layer")
    parts = [
        f"Neuron {neuron}: “{concept}” ({by})" if concept else f"Neuron {neuron} ({by})",
        _named("SAE", source.get("sae"), "source"),
        "" if layer is None else f"layer {layer}",
        _named("model", source.get("model"), "model"),
        f"project “{_line(project.meta.get('title', ''))}” ({str(project.meta.get('project_id', ''))[:12]})",
    ]
    return f"{'; '.join(part for part in parts if part)}. Concept Studio {version('concept-studio')}."


def _concept(project: Project, neuron: int, annotator: str | None) -> tuple[str, str]:
    final = project.events.shared(neuron).final
    if final is not None:
        return _line(final.concept), f"adjudicated by {_line(final.by)}" if final.concept else "rejected"
    label = Label(neuron, "") if annotator is None else project.events.label(annotator, neuron)
    if label.reviewed:
        by = _line(label.annotator)
        return _line(label.concept), f"{label.decision} by {by}"
    verdict = project.verdicts.get(neuron)
    named = [p.concept for p in project.proposals.of(neuron) if p.concept]
    proposed = (verdict and verdict.concept) or next(iter(named), "")
    return _line(proposed), "proposed, not reviewed" if proposed else "no concept"


def _named(what: str, value: Any, key: str) -> str:
    """A Hub id as it is, a path of this computer by its last part."""
    name = _line(value.get(key) if isinstance(value, Mapping) else value)
    if PurePosixPath(name).is_absolute() or PureWindowsPath(name).drive:
        name = PureWindowsPath(name).name
    return f"{what} {name}" if name else ""


def _line(text: Any) -> str:
    return " ".join(str(text or "").split())
