"""Make, open and close projects, and say what is in one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from studio.domain.modality import Modality
from studio.storage import backups
from studio.storage.project import Progress, Project

#: Samples left out that a `ProjectInfo` names, and those that its summary shows.
LISTED = 1000
SHOWN = 10


@dataclass(frozen=True, slots=True)
class ProjectInfo:
    """What is in a project, for its summary. Names are empty where no run has told them yet.

    `left_out` are the first `LISTED` of the `skipped` samples: id and reason.
    """

    path: str
    title: str
    project_id: str
    model: str
    layer: int | None
    sae: str
    data: str
    neurons: int
    live: int
    with_evidence: int
    samples: int
    skipped: int
    proposed: int
    classes: dict[str, int]
    annotators: list[str]
    annotations: int
    reviewed: int
    left_out: tuple[tuple[str, str], ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The same as JSON."""
        return asdict(self)

    def summary(self) -> str:
        """The same as lines of plain text."""
        layer = "" if self.layer is None else f", layer {self.layer}"
        classes = ", ".join(f"{count} {name}" for name, count in self.classes.items() if count)
        lines = [
            f"{self.title} ({self.path})",
            f"Model: {self.model or 'none yet'}{layer}",
            f"SAE: {self.sae or 'none yet'}",
            f"Data: {self.data or 'none yet'}, {self.samples} samples kept, {self.skipped} left out",
            f"Neurons: {self.neurons}, {self.live} of them fired, {self.proposed} with a proposed concept",
            f"Classes: {classes or 'not scored yet'}",
            f"Reviewed: {self.reviewed} ({', '.join(self.annotators) or 'nobody yet'})",
            *(f"Left out: {name}: {reason}" for name, reason in self.left_out[:SHOWN]),
        ]
        if self.skipped > SHOWN:
            lines.append(f"Left out: {self.skipped - SHOWN} more")
        return "\n".join(lines)


def create_project(path: Path | str, title: str = "") -> Project:
    """Make a new project file and open it. Raises `ProjectError` when there is a file already."""
    return Project.create(path, title)


def open_project(path: Path | str, progress: Progress | None = None) -> Project:
    """Open a project file after checking it. Raises `ProjectError` with a sentence."""
    return Project.open(path, progress)


def open_or_create(path: Path | str, title: str = "") -> Project:
    """Open the project file, or make it where there is none."""
    return Project.open(path) if Path(path).exists() else Project.create(path, title)


def close_project(project: Project) -> None:
    """Fold everything into the one file and close it. May be called twice."""
    project.close()


def backup_if_due(project: Project) -> Path | None:
    """Make a timed backup when there are annotations newer than the last backup and it is old enough.

    Returns the backup, or None when none was due. Call it now and then, and before closing.
    """
    newest = project.meta.get("heads", [])
    if not newest or project.meta.get("backed_up") == newest or not backups.is_due(project.database):
        return None
    made = backups.make(project.database, "timed")
    project.meta.set("backed_up", newest)  # not before: one that failed is still due
    return made


def project_info(project: Project) -> ProjectInfo:
    """Counts and provenance."""
    labels = project.events.labels()
    skipped = project.skipped.all()
    config = _config(project)
    has_neurons = project.neurons.count() > 0
    live = int(_live(project)) if has_neurons else 0
    return ProjectInfo(
        path=str(project.path),
        title=str(project.meta.get("title", "")),
        project_id=str(project.meta.get("project_id", "")),
        model=_name(config.get("model"), "model"),
        layer=config.get("layer"),
        sae=_name(config.get("sae"), "source"),
        data=_name(config.get("data"), "source"),
        neurons=project.neurons.count(),
        live=live,
        with_evidence=project.evidence.count(),
        samples=project.samples.count(),
        skipped=len(skipped),
        proposed=project.proposals.count(),
        classes={modality.value: count for modality, count in _classes(project).items()},
        annotators=project.events.annotators(),
        annotations=project.events.count(),
        reviewed=len({label.neuron for label in labels if label.reviewed}),
        left_out=tuple((item.id, item.reason) for item in skipped[:LISTED]),
    )


def provenance(project: Project) -> dict[str, Any]:
    """Model, layer, SAE and data of the newest extraction, as its run recorded them."""
    return {name: value for name, value in _config(project).items() if name in _PROVENANCE}


_PROVENANCE = ("model", "layer", "sae", "data")


def _config(project: Project) -> Mapping[str, Any]:
    run = project.runs.last("extract")
    return {} if run is None else run.config


def _classes(project: Project) -> dict[Modality, int]:
    return project.verdicts.classes()


def _live(project: Project) -> Any:
    column = project.neurons.column
    return ((column("image", "tokens") + column("text", "tokens")) > 0).sum()


def _name(value: Any, key: str) -> str:
    return str(value.get(key, "")) if isinstance(value, Mapping) else str(value or "")
