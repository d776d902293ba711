"""Planted truth (METHOD 6): a project of activations whose concepts and classes are known."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.domain.context import Context
from studio.domain.errors import DataError
from studio.domain.evidence import StoredSample
from studio.domain.modality import Modality, TokenKind
from studio.services.pictures import stored_picture
from studio.services.planted_plan import Firing, Planted, PlantSpec, as_code, plan
from studio.services.planted_world import Seen, World
from studio.storage.project import Project

EVERY = 100


def plant(spec: PlantSpec, path: Path, ctx: Context) -> list[Planted]:
    """Make a project at `path` with the planted neurons' statistics, examples and samples.

    The activations pass through the same aggregation as a real extraction's. The truth is kept in the
    project's meta data under "planted". Raises `DataError` for dials that give nothing, `ProjectError` when
    there is a file already.
    """
    check(spec)
    world = World(spec.scenes, spec.seed)
    counts = _counts(world, spec.scenes, ctx)
    try:
        neurons = plan(spec, world.concepts, world.groups, counts)
    except ValueError as error:
        raise DataError(str(error)) from error
    with Project.create(path, "Planted truth") as project, project.transaction():
        _fill(project, spec, world, Firing(spec, neurons, world.concepts, counts), ctx)
        project.meta.set("planted", [[n.neuron, n.concept, n.modality.value, n.second] for n in neurons])
    return neurons


def check(spec: PlantSpec) -> None:
    """Raises `DataError` for numbers that make no sense."""
    if spec.neurons < 3 or spec.scenes < 1:
        raise DataError("Planted truth needs at least 3 neurons, one of each class, and a scene.")
    dials = {"dropout": spec.dropout, "spurious firings": spec.spurious, "overlap": spec.overlap}
    for name, value in dials.items():
        if not 0 <= value <= 1:
            raise DataError(f"The dial for {name} goes from 0 to 1, not to {value}.")


def truth_of(project: Project) -> list[Planted]:
    """The planted neurons of a project; none when it was not planted."""
    rows = project.meta.get("planted", [])
    return [Planted(int(n), str(c), Modality(m), str(s)) for n, c, m, s in rows]


def _counts(world: World, scenes: int, ctx: Context) -> dict[TokenKind, NDArray[np.int64]]:
    """In how many samples each concept shows, by side: int64 [concepts]."""
    counts = {side: np.zeros(len(world.concepts), np.int64) for side in TokenKind}
    for done, seen in enumerate(world.samples()):
        _tell(ctx, done, scenes, "Counting concepts in the scenes")
        for side in TokenKind:
            counts[side] += seen.present[side].any(axis=0)
    return counts


def _fill(project: Project, spec: PlantSpec, world: World, firing: Firing, ctx: Context) -> None:
    from models.topk import TopExamples

    examples = TopExamples(spec.neurons, seed=spec.seed)
    for index, seen in enumerate(world.samples()):
        _tell(ctx, index, spec.scenes, "Planting activations")
        codes = [as_code(firing.draw(index, side, seen.present[side])) for side in TokenKind]
        if examples.add(seen.id, len(seen.boxes), len(seen.tokens), codes[0], codes[1]):
            project.samples.add(_stored(project, seen))
    project.neurons.write(examples.stats())
    kept = examples.kept()
    project.evidence.write(kept.evidence(int(neuron)) for neuron in kept.live())
    project.samples.keep_only(kept.sample_ids())
    project.pictures.drop_unused()
    run = project.runs.start("extract", {"planted": asdict(spec)})
    project.runs.finish(run, _summary(spec))


def _stored(project: Project, seen: Seen) -> StoredSample:
    from PIL import Image

    picture = stored_picture(Image.fromarray(seen.pixels))
    row = project.pictures.add(picture.jpeg, picture.width, picture.height, picture.sha256)
    height, width = seen.pixels.shape[:2]
    views = np.zeros(len(seen.boxes), np.uint8)
    return StoredSample(
        seen.id, seen.turns, seen.tokens, seen.roles, row, width, height, seen.boxes, views
    )  # fmt: skip


def _summary(spec: PlantSpec) -> dict[str, Any]:
    return {"samples": spec.scenes, "neurons": spec.neurons}


def _tell(ctx: Context, done: int, total: int, text: str) -> None:
    if done % EVERY == 0:
        ctx.check()
        ctx.report(done, total, text)
