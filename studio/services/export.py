"""Write what was reviewed to a file, in a format of a plug-in."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

from studio.domain.annotation import Event, Label
from studio.domain.errors import DiskFullError, UserError
from studio.domain.export import ExportRow
from studio.services.plugin_host import BUILT_IN, PluginHost, load_plugins
from studio.services.projects import provenance
from studio.storage.project import Project

#: Runs whose settings and hashes an export names.
RUNS = ("extract", "propose", "score")


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
    plugin, exporter = _exporter(format)
    if _same_file(out, project.path):
        raise UserError(f"{out} is the project itself. Choose another name for the export.")
    if out.is_dir():
        raise UserError(f"{out} is a folder. Give the name of the file to write.")
    if out.exists() and not force:
        raise UserError(f"{out} is there already. Choose another name, or say that it may be replaced.")
    rows = _Counted(export_rows(project, reviewed))
    _write_whole(out, lambda file: _write_rows(plugin, exporter, rows, file))
    return ExportResult(out, rows.count)


def formats() -> list[str]:
    """The names of all formats the plug-ins know."""
    return sorted(_exporters(load_plugins()))


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
    extraction = {name: provenance(project).get(name) for name in ("model", "layer", "sae", "data")}
    return {**meta, **extraction, "runs": {kind: _asked(project, kind) for kind in RUNS}}


def _asked(project: Project, kind: str) -> dict[str, Any] | None:
    """What the newest run of a kind was asked for, with the hashes of what it used; None without one."""
    run = project.runs.last(kind)
    return None if run is None else {"id": run.id, "finished": run.finished, **run.config}


def _exporters(host: PluginHost) -> dict[str, tuple[str, Any]]:
    """Plug-in and exporter by format; the plug-in loaded last comes first and wins."""
    known: dict[str, tuple[str, Any]] = {}
    for plugin, some in host.each("concept_studio_exporters"):
        for exporter in some:
            known.setdefault(exporter.name, (plugin, exporter))
    return known


def _exporter(format: str) -> tuple[str, Any]:
    host = load_plugins()
    known = _exporters(host)
    if format not in known:
        said = "".join(f" {report.error}" for report in host.failed)
        raise UserError(
            f"There is no export format “{format}”. Choose one of: {', '.join(sorted(known))}.{said}"
        )
    return known[format]


def _write_rows(plugin: str, exporter: Any, rows: _Counted, file: IO[bytes]) -> None:
    """A plug-in of somebody else's that fails is named; the built-in ones are ours to mend."""
    try:
        exporter.write(rows, file)
    except (UserError, OSError):
        raise
    except Exception as error:
        if plugin in BUILT_IN:
            raise
        raise UserError(
            f"The plug-in “{plugin}” could not write the export: {type(error).__name__}: {error}"
        ) from error


def _same_file(out: Path, project: Path) -> bool:
    """Whether `out` names the open project, by whatever path or link: an export must never replace it."""
    try:
        return out.resolve() == project.resolve() or out.samefile(project)
    except OSError:
        return False


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
        with suppress(OSError):  # a read-only folder refuses even this
            part.unlink(missing_ok=True)


def _sync(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())
