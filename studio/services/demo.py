"""The demo: a made data set with known truth, and the whole pipeline on it."""

from __future__ import annotations

from pathlib import Path

import resources
from studio.domain.changes import Changes
from studio.domain.context import Context
from studio.domain.specs import DataSpec, ModelSpec, ProjectPlan, TrainSpec
from studio.services.disk import plain_disk_errors
from studio.services.pipeline import plan_steps
from studio.services.places import data_folder
from studio.services.steps import Step
from studio.storage.project import Project

LAYER = 2
SCENES = 2000
SEED = 7
#: Every side on which a neuron fires has a sample then, and half of them three or more.
CAUSAL_SAMPLES = 250


def demo_folder() -> Path:
    """Where the demo is made when no folder is given."""
    return data_folder() / "demo"


def demo_plan(folder: Path) -> ProjectPlan:
    """The plan of the demo project in `folder`."""
    model = ModelSpec(str(resources.folder("demo", "llava-next-scenes")))
    data = DataSpec(str(folder / "scenes"))
    train = TrainSpec(
        model,
        data,
        LAYER,
        k=24,
        num_latents=1024,
        tokens=800_000,
        batch_tokens=2048,
        lr=3e-3,
        dead_after=50_000,
        batch_size=32,
        seed=SEED,
    )
    return ProjectPlan(
        path=str(folder / "scenes-demo.cstudio"),
        title="Scenes (demo)",
        model=model,
        data=data,
        layer=LAYER,
        train=train,
        batch_size=32,
        aligner=str(resources.folder("demo", "clip-scenes")),
        bank=str(resources.folder("demo", "concepts.jsonl")),
        causal_samples=CAUSAL_SAMPLES,
        seed=SEED,
    )


def demo_steps(folder: Path) -> list[Step]:
    """Draw the scenes, then the steps of any new project."""
    scenes = Step("Drawing scenes", lambda _: (folder / "scenes", SCENES, SEED), draw_scenes, _nothing)
    return [scenes, *plan_steps(demo_plan(folder))]


def is_complete(project: Project) -> bool:
    """Whether every step of the demo was done on this project."""
    return bool(project.meta.get("demo_complete", False))


def mark_complete(project: Project) -> None:
    """Remember that every step was done."""
    with project.transaction():
        project.meta.set("demo_complete", True)


def draw_scenes(folder: Path, count: int, seed: int, ctx: Context) -> None:
    """Write the demo's test scenes as an ordinary data folder; does nothing when they are there."""
    from models.demo.folder import write_scenes

    ctx.report(0, 1, "Drawing scenes")
    marker = folder / "complete"
    if marker.exists() and marker.read_text() == f"{count} {seed}":
        return
    # One question a picture: the image tokens come first, so that a second question would only repeat them.
    with plain_disk_errors(folder):
        write_scenes(folder, count, seed, "test", questions_per_scene=1)
        marker.write_text(f"{count} {seed}")
    ctx.report(1, 1, "Drawing scenes")


def _nothing(_project: Project, _result: object) -> Changes:
    return Changes()
