"""The newest study of a project, as its run recorded it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from studio.services.study.document import VERSION, Document
from studio.services.study.run import REPORT
from studio.storage.project import Project


@dataclass(frozen=True, slots=True)
class LastStudy:
    """The document, and the folder its report was written to (which may be gone since)."""

    document: Document
    folder: Path

    @property
    def report(self) -> Path:
        return self.folder / REPORT


def last_study(project: Project) -> LastStudy | None:
    """None before the first study, and for one of another version of this program."""
    run = project.runs.last("study")
    if run is None or run.summary is None or run.summary.get("version") != VERSION:
        return None
    made = {name: value for name, value in run.config.items() if name != "folder"}
    return LastStudy({**run.summary, "provenance": made}, Path(str(run.config.get("folder", ""))))
