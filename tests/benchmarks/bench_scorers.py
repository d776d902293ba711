"""How long do scores take? Figures to reach: MonoSemanticity of 1,000 neurons on 100,000 images in seconds,
equal to the pairwise definition within 1e-6; 1,000 neurons with CLIP in 2 minutes on two cores.

    python tests/benchmarks/bench_scorers.py [PROJECT.cstudio --aligner FOLDER --bank FILE]
        [--scorers clip,detection] [--neurons 1000] [--threads 2]

Without a project MonoSemanticity alone is measured, on made activations (5 % of them above 0). Wall time says
nothing where other programs run beside; processor time is printed with it.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

IMAGES, NEURONS, WIDTH, BATCH = 100_000, 1_000, 512, 1_000


def main() -> None:
    parser = argparse.ArgumentParser(description="Time of the scorers.")
    parser.add_argument("project", nargs="?", type=Path)
    parser.add_argument("--aligner", default="")
    parser.add_argument("--bank", default="")
    parser.add_argument("--scorers", default="clip")
    parser.add_argument("--neurons", type=int, default=1000)
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    monosemanticity()
    if given.project is not None:
        import torch

        torch.set_num_threads(given.threads)
        for name in given.scorers.split(","):
            project(name, given)


def monosemanticity() -> None:
    """The streamed sums, and the pairwise definition on the first images."""
    from models.scorers import MonoSemanticity

    rng = np.random.default_rng(0)
    batches = [made(rng) for _ in range(4)]
    sums = MonoSemanticity(NEURONS, WIDTH)
    with timed(f"MonoSemanticity, {IMAGES:,} images x {NEURONS:,} neurons, width {WIDTH}"):
        for number in range(IMAGES // BATCH):
            sums.add(*batches[number % len(batches)])
        sums.scores()
    a, e = batches[0]
    small = MonoSemanticity(NEURONS, WIDTH)
    small.add(a, e)
    difference = np.abs(small.scores() - pairs(a, e)).max()
    print(f"largest difference from all pairs of {BATCH:,} images: {difference:.1e}")


def made(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Activations [BATCH, NEURONS], one in twenty above 0, and unit embeddings [BATCH, WIDTH], float32."""
    a = rng.random((BATCH, NEURONS), np.float32) * (rng.random((BATCH, NEURONS)) < 0.05)
    e = rng.normal(size=(BATCH, WIDTH)).astype(np.float32)
    return a.astype(np.float32), e / np.linalg.norm(e, axis=1, keepdims=True)


def pairs(a: np.ndarray, e: np.ndarray) -> np.ndarray:
    """MS from its definition: the mean cosine over pairs of different images, weighted by a_i a_j."""
    cosines = e.astype(np.float64) @ e.T.astype(np.float64)
    np.fill_diagonal(cosines, 0)
    scaled = (a - a.min(axis=0)) / (a.max(axis=0) - a.min(axis=0))
    scaled = scaled.astype(np.float64)
    weights = scaled.sum(axis=0) ** 2 - np.square(scaled).sum(axis=0)
    return np.einsum("in,ij,jn->n", scaled, cosines, scaled, optimize=True) / weights


def project(name: str, given: argparse.Namespace) -> None:
    """One scorer on a copy of a project."""
    from studio.domain.context import Quiet
    from studio.domain.specs import ScorersSpec
    from studio.services.scorers import run_scorers

    spec = ScorersSpec((name,), given.aligner, given.bank, neurons=given.neurons)
    with tempfile.TemporaryDirectory() as folder:
        snapshot = Path(folder) / "snapshot.bundle"
        shutil.copyfile(given.project, snapshot)
        with timed(f"{name}, at most {given.neurons:,} neurons, {given.threads} threads"):
            result = run_scorers(spec, snapshot, Path(folder) / "scores.bundle", Quiet())
    print(f"{result.scores} scores, {result.undefined} of them undefined")


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Print wall and processor time."""
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    print(f"{what}: {time.perf_counter() - wall:.1f} s, processor {time.process_time() - cpu:.1f} s")


if __name__ == "__main__":
    main()
