"""The steps from a plan to a project that can be reviewed: train, extract, propose, score, causal re-runs,
similar neurons."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from studio.domain.changes import Changes
from studio.domain.context import Context
from studio.domain.specs import (
    ExtractSpec,
    ProjectPlan,
    ProposeSpec,
    SaeSpec,
    ScorersSpec,
    ScoreSpec,
    TrainSpec,
)
from studio.services import extract, merge, propose, score, scorers, train
from studio.services.causal_step import causal_step
from studio.services.disk import plain_disk_errors
from studio.services.places import work_folder
from studio.services.similar import similar_step
from studio.services.steps import Step
from studio.storage.project import Project


def train_step(spec: TrainSpec, folder: Path) -> Step:
    """Train an SAE into `folder`; the project keeps the run card."""

    def finish(project: Project, result: train.TrainResult) -> Changes:
        run = project.runs.start("train", result.config())
        project.runs.finish(run, result.summary())
        return Changes()

    return Step("Training the SAE", lambda _: (spec, folder), train.train, finish)


def extract_step(spec: ExtractSpec, bundle: Path) -> Step:
    """One pass over the data into a bundle, merged into the project."""
    return Step("Extracting activations", lambda _: (spec, bundle), extract.extract, _merged(bundle))


def propose_step(spec: ProposeSpec, folder: Path) -> Step:
    """Name every live neuron."""
    bundle = folder / "proposals.bundle"
    return Step("Proposing concepts", _snapshot(spec, folder, bundle), run_propose, _merged(bundle))


def score_step(spec: ScoreSpec, folder: Path) -> Step:
    """Alignment, background and class of every proposal."""
    bundle = folder / "scores.bundle"
    return Step("Scoring", _snapshot(spec, folder, bundle), run_score, _merged(bundle))


def scorers_step(spec: ScorersSpec, folder: Path) -> Step:
    """More scores of concepts and neurons."""
    bundle = folder / "scorers.bundle"
    return Step("Scoring in more ways", _snapshot(spec, folder, bundle), run_more_scores, _merged(bundle))


def run_more_scores(spec: ScorersSpec, snapshot: Path, bundle: Path, ctx: Context) -> scorers.ScorersResult:
    """`scorers.run_scorers`; the snapshot is gone afterwards."""
    with _removed_at_the_end(snapshot):
        return scorers.run_scorers(spec, snapshot, bundle, ctx)


def run_propose(spec: ProposeSpec, snapshot: Path, bundle: Path, ctx: Context) -> propose.ProposeResult:
    """`propose.propose`; the snapshot, a whole copy of the project, is gone afterwards."""
    with _removed_at_the_end(snapshot):
        return propose.propose(spec, snapshot, bundle, ctx)


def run_score(spec: ScoreSpec, snapshot: Path, bundle: Path, ctx: Context) -> score.ScoreResult:
    """`score.score`; the snapshot is gone afterwards."""
    with _removed_at_the_end(snapshot):
        return score.score(spec, snapshot, bundle, ctx)


@contextmanager
def _removed_at_the_end(snapshot: Path) -> Iterator[None]:
    try:
        yield
    finally:
        with suppress(OSError):
            snapshot.unlink()
            snapshot.parent.rmdir()  # where nothing else is in it


def plan_steps(plan: ProjectPlan) -> list[Step]:
    """The steps of a new project, in order (the project file itself is made by `projects.create_project`)."""
    folder = work_folder(Path(plan.path))
    steps = [] if plan.train is None else [train_step(plan.train, folder / "sae")]
    sae = plan.sae or SaeSpec(str(folder / "sae"), f"layers.{plan.layer}")
    steps.append(extract_step(_extract_spec(plan, sae), folder / "extract.bundle"))
    if plan.aligner or plan.chat:
        names = ProposeSpec(plan.explainer, plan.aligner, plan.bank, seed=plan.seed, chat=plan.chat)
        steps.append(propose_step(names, folder))
    if plan.aligner:
        steps.append(score_step(ScoreSpec(plan.aligner, plan.bank, seed=plan.seed), folder))
        if plan.causal_samples:
            steps.append(
                causal_step(folder, samples=plan.causal_samples, batch_size=plan.batch_size, seed=plan.seed)
            )
    return [*steps, similar_step(folder)]


def _extract_spec(plan: ProjectPlan, sae: SaeSpec) -> ExtractSpec:
    spec = ExtractSpec(plan.model, plan.data, plan.layer, sae)
    return replace(spec, rank=plan.rank, top=plan.top, batch_size=plan.batch_size, seed=plan.seed)


def _snapshot(spec: Any, folder: Path, bundle: Path) -> Any:
    """The child never opens the project: it reads a snapshot taken in the `db` lane."""

    def prepare(project: Project) -> tuple[Any, ...]:
        with plain_disk_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
        snapshot = folder / "snapshot.bundle"
        project.snapshot(snapshot)
        return (spec, snapshot, bundle)

    return prepare


def _merged(bundle: Path) -> Any:
    def finish(project: Project, _result: Any) -> Changes:
        changes = merge.merge_bundle(project, bundle)
        bundle.unlink(missing_ok=True)
        return changes

    return finish
