"""The pipeline step of the causal re-runs."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from studio.domain.changes import Changes
from studio.domain.context import Context
from studio.domain.specs import CausalSpec
from studio.services.causal import CausalResult, causal, causal_spec
from studio.services.merge import merge_bundle
from studio.services.steps import Step
from studio.services.sweep import class_again
from studio.storage.project import Project


def causal_step(folder: Path, spec: CausalSpec | None = None, **changes: Any) -> Step:
    """Line 3 of every verdict. Without a spec, the model, layer and SAE of the project's extraction;
    `changes` replace fields of either."""
    bundle = folder / "causal.bundle"

    def prepare(project: Project) -> tuple[Any, ...]:
        folder.mkdir(parents=True, exist_ok=True)
        snapshot = folder / "causal-snapshot.bundle"
        project.snapshot(snapshot)
        wanted = causal_spec(project, **changes) if spec is None else replace(spec, **changes)
        return (wanted, snapshot, bundle)

    def finish(project: Project, _result: CausalResult) -> Changes:
        done = merge_bundle(project, bundle)
        bundle.unlink(missing_ok=True)
        # The threshold may have been moved meanwhile: classes follow what the project says now.
        return done if project.runs.last("score") is None else done | class_again(project)

    return Step("Taking modalities away", prepare, run_causal, finish)


def run_causal(spec: CausalSpec, snapshot: Path, bundle: Path, ctx: Context) -> CausalResult:
    """`causal`; the snapshot, a whole copy of the project, is gone afterwards."""
    try:
        return causal(spec, snapshot, bundle, ctx)
    finally:
        with suppress(OSError):
            snapshot.unlink()
