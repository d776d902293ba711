"""The pipeline step of a study."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

from studio.domain.changes import Changes
from studio.domain.context import Context
from studio.services.disk import plain_disk_errors
from studio.services.places import work_folder
from studio.services.steps import Step
from studio.services.study.run import StudyResult, study, summary
from studio.services.study.spec import StudySpec, check_spec, spec_of
from studio.storage.project import Project


def usual_folder(project: Path) -> Path:
    """Where the report goes when nobody says where: NAME-study beside the project."""
    return project.with_name(f"{project.stem}-study")


def study_step(file: Path, out: Path | None = None, **changes: Any) -> Step:
    """Compare the project's way of naming with the baselines. `changes` are fields of `StudySpec`."""
    work, folder = work_folder(file), out or usual_folder(file)

    def prepare(project: Project) -> tuple[Any, ...]:
        spec = spec_of(project, **changes)
        check_spec(spec)
        with plain_disk_errors(work):
            work.mkdir(parents=True, exist_ok=True)
        snapshot = work / "study-snapshot.bundle"
        project.snapshot(snapshot)
        return (spec, snapshot, folder, work)

    def finish(project: Project, result: StudyResult) -> Changes:
        settings = result.document["provenance"]
        run = project.runs.start("study", {**settings, "folder": str(result.folder)})
        project.runs.finish(run, summary(result.document))
        return Changes()

    return Step("Comparing with baselines", prepare, run_study, finish)


def run_study(spec: StudySpec, snapshot: Path, out: Path, work: Path, ctx: Context) -> StudyResult:
    """`study`; the snapshot, a whole copy of the project, is gone afterwards."""
    try:
        return study(spec, snapshot, out, work, ctx)
    finally:
        with suppress(OSError):
            snapshot.unlink()
