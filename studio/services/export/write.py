"""Write what was reviewed to a file or a folder, in a format of a plug-in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from studio.domain.context import Context, Quiet
from studio.domain.errors import UserError
from studio.domain.export import EVERYTHING, EXPORT_VERSION, ExportFilter, ExportOptions
from studio.services.export.rows import StoredRows
from studio.services.plugin_host import PluginHost, load_plugins
from studio.services.whole import check_folder_free, check_free, same_file, write_file, write_folder
from studio.storage.checks import is_project
from studio.storage.project import Project

LAST = 100


@dataclass(frozen=True, slots=True)
class ExportResult:
    """Where an export went, and how many rows it has."""

    path: Path
    rows: int


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """A format as a dialog shows it. `suffix` is "" for one that writes a folder."""

    name: str
    title: str
    note: str
    suffix: str

    @property
    def folder(self) -> bool:
        """Whether it writes a folder."""
        return not self.suffix


def export(
    project: Project,
    out: Path | str,
    format: str = "jsonl",
    reviewed: bool = False,
    force: bool = False,
    where: ExportFilter | None = None,
    options: ExportOptions | None = None,
    ctx: Context | None = None,
) -> ExportResult:
    """Write one row for each neuron and annotator that `where` leaves; `reviewed` is short for that filter.

    The file or folder appears when it is whole. Raises `UserError` for an unknown format or licence, a file
    that is there already (unless `force`; a folder that no export made never is replaced) or a folder that
    cannot be written, `DiskFullError` when it does not fit, `Cancelled` when `ctx` was.
    """
    out, where = Path(out), where or ExportFilter()
    where = replace(where, reviewed=where.reviewed or reviewed)
    check_filter(where)
    exporter = _exporter(format)
    if same_file(out, project.path):
        raise UserError(f"{out} is the project itself. Choose another name for the export.")
    if is_project(out):
        raise UserError(f"{out} is a project, which no export replaces. Choose another name.")
    folder = hasattr(exporter, "write_folder")
    (check_folder_free if folder else check_free)(out, force)
    rows = StoredRows(
        project, where, options or ExportOptions(), ctx or Quiet(), f"Exporting to {out.name}",
        frozenset(getattr(exporter, "parts", EVERYTHING)),
    )  # fmt: skip
    written: list[int | None] = []

    def write(to: Any) -> None:
        call = exporter.write_folder if folder else exporter.write
        written.append(call(rows, to))

    if folder:
        write_folder(out, write, _about(format, rows))
    else:
        write_file(out, write)
    return ExportResult(out, rows.count if written[0] is None else written[0])


def check_filter(where: ExportFilter) -> None:
    """Raises `UserError` for an agreement that is none."""
    least = where.min_agreement
    if least is not None and not 0 <= least <= 1:
        raise UserError(f"The least agreement is a number from 0 to 1, not {least:g}.")


def formats(wait: bool = True) -> list[ExportFormat]:
    """All formats that the plug-ins know, in the order of the dialog. `wait` as in `load_plugins`."""
    known = list(_exporters(load_plugins(wait=wait)).values())
    known.sort(key=lambda one: (getattr(one, "order", LAST), one.name))
    return [
        ExportFormat(
            one.name, one.title, getattr(one, "note", ""),
            "" if hasattr(one, "write_folder") else one.suffix,
        )
        for one in known
    ]  # fmt: skip


def _about(format: str, rows: StoredRows) -> dict[str, Any]:
    made = datetime.now(UTC).isoformat(timespec="seconds")
    return {"format": format, "schema_version": EXPORT_VERSION, "made": made, **rows.provenance}


def _exporters(host: PluginHost) -> dict[str, Any]:
    """Exporters by format; the plug-in loaded last comes first and wins."""
    known: dict[str, Any] = {}
    for _plugin, some in host.each("concept_studio_exporters"):
        for exporter in some:
            known.setdefault(exporter.name, exporter)
    return known


def _exporter(format: str) -> Any:
    host = load_plugins()
    known = _exporters(host)
    if format not in known:
        said = "".join(f" {report.error}" for report in host.failed)
        raise UserError(
            f"There is no export format “{format}”. Choose one of: {', '.join(sorted(known))}.{said}"
        )
    return known[format]
