"""The door for scripts and plugins. What is not named here may change without notice.

from studio import api

with api.open_project("scenes.cstudio") as project:
    for row in api.list_neurons(project):
        print(row.neuron, row.concept, row.modality)
    evidence = api.read_evidence(project, 812)
    api.annotate(project, "Ada", 812, {"decision": "accepted", "concept": "red fruit", "rating": 4})
    api.export(project, Path("reviewed.jsonl"), "jsonl", reviewed=True)

sae = api.load_sae("lmms-lab/llama3-llava-next-8b-hf-sae-131k", "model.layers.24")
code = sae.encode(hidden)          # hidden: float32 [N, d_in]
again = sae.decode(code)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.domain.annotation import Decision, Event, Label, Seen
from studio.domain.changes import Changes
from studio.domain.concept import Alignment, Category, Proposal, ProposalState, Verdict
from studio.domain.context import Context, Quiet
from studio.domain.errors import Cancelled, DataError, ModelError, ProjectError, SaeFormatError, UserError
from studio.domain.evidence import ActivationMap, Evidence, Example, ExampleKind, Rank, StoredSample
from studio.domain.export import EXPORT_VERSION, ExportFilter, ExportOptions, ExportRow, ExportRows, Part
from studio.domain.interfaces import (
    DataReader,
    Explainer,
    ExplainerWork,
    Exporter,
    FolderExporter,
    SaeFormat,
    Scorer,
    ScorerWork,
    VlmAdapter,
)
from studio.domain.modality import Modality, TokenKind
from studio.domain.neuron import NeuronStats, SideStats, histogram_edges
from studio.domain.sample import ImageSource, Sample, Skipped, Turn
from studio.domain.score import HeldOutItem, Score, ScoreTarget, ScoreTest
from studio.domain.specs import (
    ChatSpec,
    DataSpec,
    ExtractSpec,
    ModelSpec,
    ProposeSpec,
    SaeSpec,
    ScorersSpec,
    ScoreSpec,
    TrainSpec,
)
from studio.hookspecs import API_VERSION, hookimpl
from studio.services.annotate import annotate
from studio.services.export import export
from studio.services.masks import mask_reader
from studio.services.model_plugins import sae_formats
from studio.services.projects import create_project, open_project, project_info
from studio.services.undo import redo, undo
from studio.storage.project import Project

if TYPE_CHECKING:
    from models.sae import Sae


@dataclass(frozen=True, slots=True)
class NeuronRow:
    """A live neuron with its automatic class; `concept` is None where nothing was proposed."""

    neuron: int
    concept: str | None
    modality: Modality
    score: float
    q: float
    image_share: float


def list_neurons(project: Project) -> Iterator[NeuronRow]:
    """Every neuron that has been scored, by number."""
    for v in sorted(project.verdicts.all(), key=lambda v: v.neuron):
        yield NeuronRow(v.neuron, v.concept, v.modality, v.score, v.q, v.image_share)


def read_evidence(project: Project, neuron: int) -> Evidence:
    """The kept examples of one neuron with their activation maps; no examples for one that has none."""
    return project.evidence.get(neuron)


def read_samples(project: Project, evidence: Evidence) -> Mapping[str, StoredSample]:
    """The samples an `Evidence` refers to, by id."""
    return project.samples.get(sorted({example.sample_id for example in evidence.examples}))


def read_labels(project: Project, annotator: str | None = None) -> list[Label]:
    """The current labels, of one annotator or of all."""
    return list(project.events.labels(annotator))


def load_sae(
    source: str | Path, hookpoint: str | None = None, revision: str | None = None, **options: Any
) -> Sae:
    """Load an SAE from a folder or a Hub repo. Raises `ModelError` or `NetworkError` with what to do.

    The result has `d_in`, `num_latents`, `encode(x)` (x float [N, d_in]; indices int32 and values float32
    [N, k]) and `decode(code)` (float32 [N, d_in]).
    """
    from models.sae import load_sae as load

    return load(source, hookpoint, revision, **{"formats": sae_formats(), **options})


def save_sae(sae: Sae, folder: str | Path, format: str = "sparsify") -> tuple[str, ...]:
    """Write an SAE in "sparsify", "saelens" or a format of a plug-in that writes; the names of its files.
    Raises `SaeFormatError` for a format that cannot hold it, `ModelError` or `DiskFullError`."""
    from models.sae import save_sae as save

    return save(sae, folder, format, sae_formats())


__all__ = [
    "API_VERSION",
    "EXPORT_VERSION",
    "ActivationMap",
    "Alignment",
    "Cancelled",
    "Category",
    "Changes",
    "ChatSpec",
    "Context",
    "DataError",
    "DataReader",
    "DataSpec",
    "Decision",
    "Event",
    "Evidence",
    "Example",
    "ExampleKind",
    "Explainer",
    "ExplainerWork",
    "ExportFilter",
    "ExportOptions",
    "ExportRow",
    "ExportRows",
    "Exporter",
    "ExtractSpec",
    "FolderExporter",
    "HeldOutItem",
    "ImageSource",
    "Label",
    "Modality",
    "ModelError",
    "ModelSpec",
    "NeuronRow",
    "NeuronStats",
    "Part",
    "Project",
    "ProjectError",
    "Proposal",
    "ProposalState",
    "ProposeSpec",
    "Quiet",
    "Rank",
    "SaeFormat",
    "SaeFormatError",
    "SaeSpec",
    "Sample",
    "Score",
    "ScoreSpec",
    "ScoreTarget",
    "ScoreTest",
    "Scorer",
    "ScorerWork",
    "ScorersSpec",
    "Seen",
    "SideStats",
    "Skipped",
    "StoredSample",
    "TokenKind",
    "TrainSpec",
    "Turn",
    "UserError",
    "Verdict",
    "VlmAdapter",
    "annotate",
    "create_project",
    "export",
    "histogram_edges",
    "hookimpl",
    "list_neurons",
    "load_sae",
    "mask_reader",
    "open_project",
    "project_info",
    "read_evidence",
    "read_labels",
    "read_samples",
    "redo",
    "save_sae",
    "undo",
]
