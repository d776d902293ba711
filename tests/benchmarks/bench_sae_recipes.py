"""Every architecture's trainer against each reference library that has it, at equal L0.

    python tests/benchmarks/bench_sae_recipes.py [--steps 400 --latents 320 --seeds 2] [--keep FOLDER]

Hidden states of the demo network; the same vectors in the same order, the same steps, latents and seeds, and
each side the best of the same learning rates (chosen with the first seed). FVU and L0 are those of the
finished SAE on held-out vectors, mean over seeds. What moves L0 (a target, or a price on activity) is sought
for each side until L0 = k, and FVU is read off between the nearest two settings (both on logarithmic scales).
With `--keep` every run is written down, and a benchmark that was ended goes on. The peers (`pip install
eai-sparsify dictionary-learning sae-lens`) are left out, and said to be, where they are not installed.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import tempfile
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from sae_trainers import Decode, Task, Way, libraries, ours
from torch import Tensor

import resources
from models.activations import stream
from models.demo.folder import write_scenes
from models.vlm import load_vlm
from studio.domain.context import Quiet
from studio.domain.specs import ARCHITECTURES, DataSpec, ModelSpec
from studio.services.data import read_samples
from studio.services.sources import PictureCache

HELD = 8000
RATES = (3e-3, 1e-2)
#: L0 is k where it differs by no more than this share; settings tried before the nearest is taken.
NEAR, TRIES = 0.01, 8

Point = tuple[float, float]


def vectors(scenes: int, keep: Path) -> Tensor:
    """Hidden states after layer 2 of the demo network, in random order."""
    file = keep / f"vectors-{scenes}.pt"
    if file.exists():
        return torch.load(file, weights_only=True)
    with tempfile.TemporaryDirectory() as folder:
        write_scenes(Path(folder), scenes, 5, "test")
        vlm = load_vlm(ModelSpec(str(resources.folder("demo", "llava-next-scenes")), device="cpu"))
        samples = read_samples(DataSpec(folder))
        batches = stream(vlm, islice(samples, scenes), 2, 16, Quiet(), PictureCache().open)
        found = torch.cat([encoded.vectors()[0] for encoded in batches])
    found = found[torch.randperm(len(found), generator=torch.Generator().manual_seed(0))]
    torch.save(found, file)
    return found


class Runs:
    """Runs, each made once: (FVU, L0) on `test`, kept in a file of JSON lines."""

    def __init__(self, train: Tensor, test: Tensor, task: Task, seeds: int, file: Path) -> None:
        self.train, self.test, self.task, self.seeds, self.file = train, test, task, seeds, file
        lines = file.read_text().splitlines() if file.exists() else []
        self.known = dict(json.loads(line) for line in lines)

    def point(self, library: str, name: str, way: Way, lr: float, knob: float, seeds: int) -> Point:
        """Mean (FVU, L0) over the first `seeds` seeds."""
        found = [self._one(library, name, way, lr, knob, seed) for seed in range(seeds)]
        return tuple(np.mean(found, axis=0))

    def _one(self, library: str, name: str, way: Way, lr: float, knob: float, seed: int) -> Point:
        key = json.dumps([library, name, lr, knob, seed, asdict(self.task)])
        if key not in self.known:
            self.known[key] = fit(self.test, way.fit(name, self.train, self.task, lr, knob, seed))
            with self.file.open("a") as out:
                out.write(json.dumps([key, self.known[key]]) + "\n")
        return self.known[key]


def fit(x: Tensor, decode: Decode) -> Point:
    """(FVU, L0) of a finished SAE."""
    with torch.no_grad():
        again, acts = decode(x)
    variance = (x - x.mean(0)).square().sum()
    return float((x - again).square().sum() / variance), float((acts > 0).sum(1).double().mean())


def at_l0(point: Callable[[float], Point], way: Way, k: float) -> tuple[Point, float]:
    """(FVU, L0) at L0 = `k`, or at the nearest L0 that was reached; and the setting nearest to it."""
    seen: dict[float, Point] = {}
    knob = way.first
    while knob not in seen and len(seen) < TRIES:
        seen[knob] = point(knob)
        if way.exact or abs(seen[knob][1] / k - 1) <= NEAR:
            return seen[knob], knob
        knob = following(seen, way, k)
    nearest = min(seen, key=lambda knob: abs(seen[knob][1] - k))
    return read_off(list(seen.values()), k), nearest


def following(seen: dict[float, Point], way: Way, k: float) -> float:
    """The next setting: between the nearest two with L0 = k between them, else further out."""
    logs = sorted((math.log(max(l0, 1e-3) / k), math.log(knob)) for knob, (_, l0) in seen.items())
    under, over = [pair for pair in logs if pair[0] < 0], [pair for pair in logs if pair[0] >= 0]
    if under and over:
        (low, a), (high, b) = under[-1], over[0]
        share = min(0.8, max(0.2, low / (low - high)))
        knob = math.exp(a + share * (b - a))
    else:
        gap, at = min(logs, key=lambda pair: abs(pair[0]))
        knob = math.exp(at + (-1 if way.rises else 1) * max(-1.5, min(1.5, gap + math.copysign(0.1, gap))))
    return float(max(1, round(knob))) if way.whole else knob


def read_off(points: list[Point], k: float) -> Point:
    """Linear in log FVU and log L0 between the nearest two on either side of k; else the nearest."""
    under = max((p for p in points if p[1] <= k), key=lambda p: p[1], default=None)
    over = min((p for p in points if p[1] >= k), key=lambda p: p[1], default=None)
    if under is None or over is None or under[1] <= 0:
        return over or under or points[0]
    at = [math.log(under[1]), math.log(over[1])]
    return math.exp(np.interp(math.log(k), at, [math.log(under[0]), math.log(over[0])])), k


def best(runs: Runs, library: str, name: str, way: Way) -> tuple[float, float, float]:
    """(FVU, L0, learning rate) over all seeds, at the rate whose FVU is lowest with the first seed among
    those whose L0 is k as nearly as it gets."""
    k, found = runs.task.k, []
    for lr in RATES:
        point = partial(runs.point, library, name, way, lr, seeds=1)
        (fvu, l0), knob = at_l0(point, way, k)
        found.append((max(0.03, abs(l0 / k - 1)), fvu, lr, knob))
    *_, lr, knob = min(found)
    point = partial(runs.point, library, name, way, lr, seeds=runs.seeds)
    (fvu, l0), _ = at_l0(point, replace(way, first=knob), k)
    return fvu, l0, lr


def line(runs: Runs, name: str) -> None:
    """Print one architecture: ours and every library's."""
    mine = best(runs, "ours", name, ours(runs.task)[name])
    print(f"{name:12s} {'ours':20s} FVU {mine[0]:.4f} at L0 {mine[1]:5.2f}, lr {mine[2]:g}", flush=True)
    for library, ways in libraries(runs.task).items():
        if name not in ways:
            continue
        try:
            fvu, l0, lr = best(runs, library, name, ways[name])
        except ImportError as error:
            print(f"{'':12s} {library:20s} left out: {error}", flush=True)
            continue
        ratio = f"ours / theirs {mine[0] / fvu:.3f}"
        print(f"{'':12s} {library:20s} FVU {fvu:.4f} at L0 {l0:5.2f}, lr {lr:g}; {ratio}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    settings = {"steps": 400, "batch": 512, "latents": 320, "k": 16, "seeds": 2, "scenes": 300}
    for option, default in settings.items():
        parser.add_argument(f"--{option}", type=int, default=default)
    parser.add_argument("--only", nargs="*", choices=ARCHITECTURES, default=ARCHITECTURES)
    parser.add_argument("--keep", type=Path, help="folder in which runs are kept")
    o = parser.parse_args()
    os.environ.setdefault("TQDM_DISABLE", "1")
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as scratch:
        keep = o.keep or Path(scratch)
        keep.mkdir(parents=True, exist_ok=True)
        x = vectors(o.scenes, keep)
        held = min(HELD, len(x) // 4)
        task = Task(o.steps, o.batch, o.latents, o.k)
        runs = Runs(x[held:], x[:held], task, o.seeds, keep / "runs.jsonl")
        print(f"{len(x) - held:,} vectors of {x.shape[1]}; {o.steps} steps of {o.batch}, "
              f"{o.latents} latents, L0 {o.k}, {o.seeds} seeds")  # fmt: skip
        for name in o.only:
            line(runs, name)


if __name__ == "__main__":
    main()
