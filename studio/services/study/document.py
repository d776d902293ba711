"""A study as one JSON document: the report, the page of the window and the run record are made from it.

Numbers that do not exist are texts, "undefined: " and the reason; no NaN gets in.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.domain.agreement import Undefined
from studio.domain.modality import TokenKind
from studio.services.projects import provenance
from studio.services.study.analysis import Contrast, Mean, Table, contrasts, means
from studio.services.study.human import Human
from studio.services.study.measure import Measured
from studio.services.study.methods import Method
from studio.services.study.spec import StudySpec
from studio.services.versions import versions
from studio.storage.project import Project

if TYPE_CHECKING:
    from models.aligners import Aligner
    from models.explainers.bank import Bank

VERSION = 1
Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Networks:
    """What named and what scored, for the record."""

    aligner: Aligner
    bank: Bank
    explainer: Mapping[str, Any]


def make_document(
    project: Project,
    spec: StudySpec,
    methods: Sequence[Method],
    measured: Measured,
    people: Human,
    networks: Networks,
) -> Document:
    """Everything that the study found and was made with."""
    table = Table(measured.rows)
    return {
        "version": VERSION,
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "title": str(project.meta.get("title", "")),
        "methods": [method.name for method in methods],
        "runs": list(spec.runs),
        "neurons": {side.value: len(table.neurons(side)) for side in TokenKind},
        "means": [plain(mean) for mean in means(table, methods, measured.same_as_ours)],
        "contrasts": [_contrast(c) for c in contrasts(table, methods, measured.same_as_ours)],
        "human": _human(people),
        "provenance": plain(_provenance(project, spec, measured, networks)),
    }


def plain(value: Any) -> Any:
    """A value as JSON: `Undefined` and numbers that are not finite become texts."""
    if isinstance(value, Undefined):
        return str(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, float) and not math.isfinite(value):
        return str(Undefined("this number does not exist"))
    if is_dataclass(value) and not isinstance(value, type):
        return {name: plain(part) for name, part in _fields(value).items()}
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    return value


def _fields(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


def _contrast(contrast: Contrast | Mean) -> Document:
    """The comparison's numbers stand beside those of the contrast; where there is none, `why` says it."""
    row: Document = plain(contrast)
    found = row.pop("found")
    return {**row, **(found if isinstance(found, dict) else {"why": found})}


def _human(people: Human) -> Document:
    found: Document = plain(people)
    pairs = [{"one": a, "two": b, **plain(estimate)} for (a, b), estimate in people.kappa.items()]
    return {**found, "kappa": pairs, "enough": people.enough}


def _provenance(project: Project, spec: StudySpec, measured: Measured, networks: Networks) -> Document:
    found = provenance(project)
    model, sae, data = (_mapping(found.get(name)) for name in ("model", "sae", "data"))
    return {
        "project": project.meta.get("project_id", ""),
        "model": _local(model.get("model")),
        "model_revision": model.get("revision"),
        "dtype": model.get("dtype"),
        "layer": found.get("layer"),
        "sae": _local(sae.get("source")),
        "hookpoint": sae.get("hookpoint"),
        "sae_files": _mapping(_mapping(sae.get("provenance")).get("files")),
        "data": _local(data.get("source")),
        "aligner": networks.aligner.id,
        "aligner_hash": networks.aligner.fingerprint,
        "explainer": {"name": spec.explainer, **networks.explainer},
        "bank_hash": networks.bank.digest,
        "bank_size": len(networks.bank),
        "settings": _settings(spec),
        "held_out": {str(run): digest for run, digest in measured.held_out.items()},
        "versions": versions(),
    }


def _settings(spec: StudySpec) -> Document:
    chat = "" if spec.chat is None else " at ".join(filter(None, (spec.chat.model, spec.chat.endpoint)))
    folders = {name: _local(getattr(spec, name)) for name in ("aligner", "bank", "prompts")}
    return {**asdict(spec), **folders, "chat": _local(chat)}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _local(source: Any) -> str:
    """A folder of this computer by its last name: where it lies is nobody else's business."""
    text = str(source or "")
    return Path(text).name if Path(text).is_absolute() else text
