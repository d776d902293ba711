"""The project file at full size: 131,072 neurons. Prints medians (and 95th percentiles) in milliseconds.

512 different pieces of evidence are shared out over the neurons, each with a row of its own.
Wall-clock time, and CPU time beside it, which does not depend on what else the machine is doing. The merge at
the end unites three copies with 10,000 annotations each.

    python tests/benchmarks/bench_project.py [--neurons 131072] [--folder DIR]

The file is written to a temporary folder (about 1 GB at full size) and removed again.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np

from studio.domain.concept import Category, Proposal, Verdict
from studio.domain.evidence import ActivationMap, Evidence, Example, ExampleKind, StoredSample
from studio.domain.modality import Modality, TokenKind
from studio.domain.neuron import HISTOGRAM_BINS, NeuronStats, SideStats
from studio.domain.sample import Turn
from studio.services.annotate import Act, annotate_many, rate
from studio.services.merge import merge_bundle
from studio.services.neuron_detail import neuron_detail
from studio.services.neurons import neuron_table
from studio.services.undo import undo, undo_title
from studio.storage.evidence import encode
from studio.storage.project import Project

SAMPLES, SIZES, TOKENS, EXAMPLES, ACTIVE = 4096, 16, 2880, 20, 30


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--neurons", type=int, default=131_072)
    options.add_argument("--folder", type=Path)
    given = options.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        measure(Path(folder), given.neurons)


def measure(folder: Path, n: int) -> None:
    rng = np.random.default_rng(0)
    once("write the bundle", lambda: write_bundle(folder / "run.bundle", n, rng))
    project = Project.create(folder / "big.cstudio")
    once("merge the bundle", lambda: merge_bundle(project, folder / "run.bundle"))
    once("close", project.close)
    print(f"{'file':>36}  {(folder / 'big.cstudio').stat().st_size / 1e6:10.0f} MB")
    project = once("open with checks", lambda: Project.open(folder / "big.cstudio"))
    numbers = [int(x) for x in rng.permutation(n)[:300]]
    once("first neuron_table", lambda: neuron_table(project, "Ada"))
    often("neuron_table", [lambda: neuron_table(project, "Ada")] * 9)
    often("neuron_detail, no pictures", [lambda i=i: neuron_detail(project, i, "Ada", 0) for i in numbers])
    often("neuron_detail, 8 pictures a side", [lambda i=i: neuron_detail(project, i, "Ada") for i in numbers])
    often("evidence.get", [lambda i=i: project.evidence.get(i) for i in numbers])
    often("rate (synced to disk)", [lambda i=i: rate(project, "Ada", i, 4) for i in numbers])
    often("undo", [lambda: undo(project, "Ada")] * 50)
    acts = [Act(int(i), {"rating": 3}) for i in rng.permutation(n)[: min(n, 10_000)]]
    once("bulk act on 10,000 neurons", lambda: annotate_many(project, "Ada", acts))
    often("neuron_table, 10,000 labels", [lambda: neuron_table(project, "Ada")] * 9)
    often("undo_title", [lambda: undo_title(project, "Ada")] * 9)
    often("verify 10,000 events", [lambda: project.events.verify()] * 3)
    once("snapshot", lambda: project.snapshot(folder / "copy.bundle"))
    project.close()


def once(what: str, work: Callable[[], object]) -> object:
    started, cpu = time.perf_counter(), time.process_time()
    result = work()
    took, cpu = (time.perf_counter() - started) * 1e3, (time.process_time() - cpu) * 1e3
    print(f"{what:>36}  {took:10.1f} ms, CPU {cpu:8.1f}", flush=True)
    return result


def often(what: str, works: list[Callable[[], object]]) -> None:
    took, cpu = [], []
    for work in works:
        started, cpu_started = time.perf_counter(), time.process_time()
        work()
        took.append((time.perf_counter() - started) * 1e3)
        cpu.append((time.process_time() - cpu_started) * 1e3)
    median, late = np.percentile(took, [50, 95])
    print(
        f"{what:>36}  {median:10.2f} ms median, {late:8.2f} ms p95 of {len(took)}, "
        f"CPU {np.median(cpu):8.2f} median, {np.percentile(cpu, 95):8.2f} p95",
        flush=True,
    )


def write_bundle(path: Path, n: int, rng: np.random.Generator) -> None:
    with Project.create(path, bundle=True) as bundle, bundle.transaction():
        write_samples(bundle, rng)
        bundle.neurons.write(NeuronStats(side(n, rng), side(n, rng)))
        bodies = [encode(evidence(i, rng)) for i in range(512)]
        rows = ((i, bodies[i % 512]) for i in range(n))
        bundle.database.executemany("INSERT INTO evidence(neuron, body) VALUES(?, ?)", rows)
        bundle.proposals.write(proposal(i, s) for i in range(n) for s in TokenKind)
        bundle.verdicts.write(verdict(i) for i in range(n))


def write_samples(bundle: Project, rng: np.random.Generator) -> None:
    boxes = [rng.random((TOKENS, 4)).astype(np.float32) for _ in range(SIZES)]
    views = np.zeros(TOKENS, np.uint8)
    tokens = tuple(f" word{i}" for i in range(64))
    for i in range(SAMPLES):
        jpeg = os.urandom(12_000)
        row = bundle.pictures.add(jpeg, 640, 480, hashlib.sha256(jpeg).hexdigest())
        turns = (Turn("user", "What is in the picture? " * 4), Turn("assistant", "A dog. " * 8))
        bundle.samples.add(
            StoredSample(
                f"coco/train2017/{i:012d}",
                turns,
                tokens,
                ("user",) * 64,
                row,
                640,
                480,
                boxes[i % SIZES],
                views,
            )
        )


def side(n: int, rng: np.random.Generator) -> SideStats:
    tokens = rng.integers(0, 5000, n)
    histogram = rng.poisson(3.0, (n, HISTOGRAM_BINS)).astype(np.int64)
    return SideStats(tokens // 10, tokens, tokens * 0.5, rng.random(n) * 9, histogram, 117_000, 80_000_000)


def evidence(neuron: int, rng: np.random.Generator) -> Evidence:
    chosen = rng.integers(0, SAMPLES, EXAMPLES)
    sides = (TokenKind.IMAGE, TokenKind.TEXT)
    return Evidence(
        neuron,
        tuple(
            Example(sides[i % 2], ExampleKind.TOP, i // 2, 9.0 - i, f"coco/train2017/{s:012d}", a_map(rng))
            for i, s in enumerate(chosen)
        ),
    )


def a_map(rng: np.random.Generator) -> ActivationMap:
    start = int(rng.integers(0, TOKENS - ACTIVE))
    index = np.arange(start, start + ACTIVE, dtype=np.uint32)
    values = rng.random(ACTIVE, np.float32)
    return ActivationMap(index, values, np.arange(3, dtype=np.uint32), values[:3])


def proposal(neuron: int, kind: TokenKind) -> Proposal:
    name = f"concept {neuron % 3000}"
    best = tuple((f"{name} {i}", 0.3) for i in range(5))
    return Proposal(neuron, kind, name, Category.OBJECT, "vocabulary", candidates=best)


def verdict(neuron: int) -> Verdict:
    kind = tuple(Modality)[neuron % 4]
    return Verdict(neuron, f"concept {neuron % 3000}", kind, 0.3, 0.01, 0.8, kind, neuron % 7 == 0)


if __name__ == "__main__":
    main()
