"""Small projects with something in every table, made through the public doors."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.domain.concept import Alignment, Category, Proposal, Verdict
from studio.domain.evidence import ActivationMap, Evidence, Example, ExampleKind, StoredSample
from studio.domain.modality import Modality, TokenKind
from studio.domain.neuron import HISTOGRAM_BINS, NeuronStats, SideStats
from studio.domain.sample import Skipped, Turn
from studio.storage.project import Project

NEURONS = 300
RUN = {
    "model": {"model": "llava-next-scenes", "revision": None},
    "layer": 2,
    "sae": {"source": "scenes-sae", "hookpoint": "layers.2"},
    "data": {"source": "scenes"},
}


@pytest.fixture
def fill() -> Callable[..., None]:
    """Writes the results of a run into a project or bundle: fill(project, neurons=300, seed=0)."""
    return fill_project


@pytest.fixture(scope="session")
def small_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed project of 300 neurons, scored, not annotated. Copy it before you open it."""
    path = tmp_path_factory.mktemp("project") / "small.cstudio"
    with Project.create(path, "Small") as project:
        fill_project(project)
    return path


@pytest.fixture
def small_project(tmp_path: Path, small_file: Path) -> Iterator[Project]:
    """An open copy of `small_file`."""
    project = Project.open(shutil.copy(small_file, tmp_path / "small.cstudio"))
    yield project
    project.close()


def fill_project(project: Project, neurons: int = NEURONS, seed: int = 0) -> None:
    rng = np.random.default_rng(seed)
    with project.transaction():
        project.neurons.write(make_stats(neurons, rng))
        ids = [f"scene-{seed}-{i}" for i in range(12)]
        for i, identifier in enumerate(ids):
            project.samples.add(make_sample(project, identifier, i))
        project.evidence.write(make_evidence(n, ids, rng) for n in range(0, neurons, 3))
        project.proposals.write(p for n in range(neurons) for p in make_proposals(n))
        project.alignments.write(make_alignment(n, side) for n in range(neurons) for side in TokenKind)
        project.verdicts.write(make_verdict(n) for n in range(0, neurons, 2))
        project.skipped.write([Skipped("scene-bad", "The picture cannot be read.")])
        project.runs.finish(project.runs.start("extract", RUN), {"samples": 12})


def make_stats(neurons: int, rng: np.random.Generator) -> NeuronStats:
    return NeuronStats(make_side(neurons, rng), make_side(neurons, rng))


def make_side(neurons: int, rng: np.random.Generator) -> SideStats:
    tokens = rng.integers(0, 40, neurons) * (np.arange(neurons) % 7 > 0)
    histogram = rng.integers(0, 70_000, (neurons, HISTOGRAM_BINS))
    return SideStats(tokens // 3, tokens, tokens * 0.7, rng.random(neurons) * 5, histogram, 12, 900)


def make_sample(project: Project, identifier: str, i: int) -> StoredSample:
    picture = None if i == 0 else project.pictures.add(*make_jpeg(i))
    turns = (Turn("user", f"Is there a dog? {i}"), Turn("assistant", "Ja, einen Hund 🐕"))
    boxes = np.arange(16 * 4, dtype=np.float32).reshape(16, 4) * (1 + i % 2)
    tokens, roles = ("Is", " there", " a", " dog"), ("user",) * 4
    return StoredSample(identifier, turns, tokens, roles, picture, 64, 48, boxes, np.zeros(16, np.uint8))


def make_jpeg(i: int) -> tuple[bytes, int, int, str]:
    out = BytesIO()
    Image.new("RGB", (64, 48), (i * 20 % 256, 80, 120)).save(out, "JPEG")
    return out.getvalue(), 64, 48, hashlib.sha256(out.getvalue()).hexdigest()


def make_evidence(neuron: int, ids: list[str], rng: np.random.Generator) -> Evidence:
    kinds = [(side, kind) for side in TokenKind for kind in ExampleKind]
    examples = [
        Example(
            side, kind, place, 0.0 if kind is ExampleKind.SILENT else 4.5 - place, str(name), make_map(rng)
        )
        for side, kind in kinds
        for place, name in enumerate(rng.choice(ids, 3, replace=False))
    ]
    return Evidence(neuron, tuple(examples))


def make_map(rng: np.random.Generator) -> ActivationMap:
    image = np.sort(rng.choice(16, int(rng.integers(0, 9)), replace=False)).astype(np.uint32)
    text = np.sort(rng.choice(4, int(rng.integers(0, 4)), replace=False)).astype(np.uint32)
    return ActivationMap(
        image, rng.random(len(image), np.float32) + 1, text, rng.random(len(text), np.float32) + 1
    )


def make_proposals(neuron: int) -> list[Proposal]:
    shown = Proposal(
        *(neuron, TokenKind.IMAGE, f"dog {neuron}", Category.OBJECT, "vocabulary"),
        candidates=((f"dog {neuron}", 0.4), ("cat", 0.3)),
        details={"tokens": 3},
    )
    return [shown, Proposal(neuron, TokenKind.TEXT, None, None, "vocabulary")]


def make_alignment(neuron: int, side: TokenKind) -> Alignment:
    z = float("nan") if neuron == 5 else 2.5
    return Alignment(neuron, side, f"dog {neuron}", "clip", 0.31, z, 0.004, 0.02, 1, 0.7, 64, 10)


def make_verdict(neuron: int) -> Verdict:
    kind = tuple(Modality)[neuron // 2 % 4]
    concept = None if kind is Modality.UNCLEAR else f"dog {neuron}"
    mass, disagree = Modality.VISUAL, neuron % 10 == 0
    return Verdict(neuron, concept, kind, 0.31, 0.02, 0.9, mass, disagree, {"blank_image": 0.1})
