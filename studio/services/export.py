"""Write what was reviewed to a file, in a format of a plug-in."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

from studio.domain.annotation import Event, Label
from studio.domain.errors import DiskFullError, UserError
from studio.domain.export import ExportRow
from studio.services.plugin_host import load_plugins
from studio.services.projects import provenance
from studio.storage.project import Project


@dataclass(frozen=True, slots=True)
class ExportResult:
    """Where an export went, and how many rows it has."""

    path: Path
    rows: int


def export(
    project: Project, out: Path | str, format: str = "jsonl", reviewed: bool = False, force: bool = False
) -> ExportResult:
    """Write one row for each neuron and annotator; with `reviewed` only those with a decision.

    The file appears when it is whole. Raises `UserError` for an unknown format, a file that is there already
    (unless `force`) or a folder that cannot be written, `DiskFullError` when it does not fit.
    """
    out = Path(out)
    exporter = _exporter(format)
    if out.exists() and not force:
        raise UserError(f"{out} is there already. Choose another name, or say that it may be replaced.")
    rows = _Counted(export_rows(project, reviewed))
    _write_whole(out, lambda file: exporter.write(rows, file))
    return ExportResult(out, rows.count)


def formats() -> list[str]:
    """The names of all formats the plug-ins know."""
    return sorted(_exporters())


def export_rows(project: Project, reviewed: bool) -> Iterator[ExportRow]:
    """The rows of an export, by neuron and annotator, read as they are asked for."""
    labels: dict[int, list[Label]] = {}
    for label in project.events.labels():
        labels.setdefault(label.neuron, []).append(label)
    source = _provenance(project)
    neurons = set(labels) if reviewed else set(labels) | set(project.evidence.neurons())
    for neuron in sorted(neurons):
        found: list[Label | None] = [x for x in labels.get(neuron, []) if x.reviewed or not reviewed]
        if found or not reviewed:
            yield from _rows(project, neuron, found or [None], source)


def _rows(
    project: Project, neuron: int, labels: list[Label | None], source: Mapping[str, Any]
) -> Iterator[ExportRow]:
    verdict = project.verdicts.get(neuron)
    proposals = tuple(project.proposals.of(neuron))
    named = [p.concept for p in proposals if p.concept is not None]
    proposed = verdict.concept if verdict and verdict.concept else next(iter(named), None)
    alignments = tuple(project.alignments.of(neuron))
    examples = project.evidence.get(neuron).examples
    events = project.events.of(neuron)
    for label in labels:
        history = _history(events, label)
        yield ExportRow(neuron, label, proposed, verdict, proposals, alignments, examples, history, source)


def _history(events: list[Event], label: Label | None) -> tuple[Event, ...]:
    return () if label is None else tuple(e for e in events if e.annotator == label.annotator)


def _provenance(project: Project) -> dict[str, Any]:
    meta = {name: project.meta.get(name) for name in ("project_id", "title")}
    return {**meta, **{name: provenance(project).get(name) for name in ("model", "layer", "sae", "data")}}


def _exporters() -> dict[str, Any]:
    found = load_plugins().hook.concept_studio_exporters()
    return {exporter.name: exporter for some in reversed(found) for exporter in some}


def _exporter(format: str) -> Any:
    known = _exporters()
    if format not in known:
        raise UserError(f"There is no export format “{format}”. Choose one of: {', '.join(sorted(known))}.")
    return known[format]


class _Counted:
    """An iterator that knows how many rows were taken from it."""

    def __init__(self, rows: Iterator[ExportRow]) -> None:
        self._rows = rows
        self.count = 0

    def __iter__(self) -> Iterator[ExportRow]:
        return self

    def __next__(self) -> ExportRow:
        row = next(self._rows)
        self.count += 1
        return row


def _write_whole(out: Path, write: Any) -> None:
    """Write beside the file, sync, then rename: there is never half a file under the name."""
    part = out.with_name(f".{out.name}.{uuid4().hex[:8]}.part")
    try:
        with open(part, "xb") as file:
            write(file)
            _sync(file)
        os.replace(part, out)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFullError(f"There is no room for {out.name}. Make room and try again.") from error
        raise UserError(f"{out} could not be written ({error.strerror}). Choose another folder.") from error
    finally:
        if part.parent.is_dir():
            part.unlink(missing_ok=True)


def _sync(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())
