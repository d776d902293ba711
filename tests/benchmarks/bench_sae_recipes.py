"""Every architecture's trainer against the reference library's, on hidden states of the demo network.

    python tests/benchmarks/bench_sae_recipes.py [--steps 600 --latents 512 --k 16 --seeds 3]

Same vectors in the same order, same number of steps, latents and seeds, and each side the better of two
learning rates. Prints FVU and L0 on held-out vectors (mean over seeds). Where a library has a penalty instead
of a target, several penalties are tried, and its FVU at our L0 is read off between the two nearest. The peers
(`pip install eai-sparsify dictionary-learning`) are left out, and said to be, where they are not installed.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

import resources
from models.activations import stream
from models.demo.folder import write_scenes
from models.sae import TrainerConfig, evaluate
from models.sae.recipes import make_trainer
from models.vlm import load_vlm
from studio.domain.context import Quiet
from studio.domain.specs import ARCHITECTURES, DataSpec, ModelSpec
from studio.services.data import read_samples
from studio.services.sources import PictureCache

BATCH, HELD = 1024, 8000
RATES = (1e-3, 3e-3)
PENALTIES = {"relu": (0.02, 0.05, 0.12, 0.3), "gated": (0.05, 0.12, 0.3, 0.7)}


def vectors(scenes: int) -> Tensor:
    """Hidden states after layer 2 of the demo network, in random order."""
    with tempfile.TemporaryDirectory() as folder:
        write_scenes(Path(folder), scenes, 5, "test")
        vlm = load_vlm(ModelSpec(str(resources.folder("demo", "llava-next-scenes")), device="cpu"))
        samples = read_samples(DataSpec(folder))
        batches = stream(vlm, islice(samples, scenes), 2, 16, Quiet(), PictureCache().open)
        found = torch.cat([encoded.vectors()[0] for encoded in batches])
    return found[torch.randperm(len(found), generator=torch.Generator().manual_seed(0))]


def fit(x: Tensor, decode: Callable[[Tensor], tuple[Tensor, Tensor]]) -> tuple[float, float]:
    """(FVU, L0) of `decode(x) = (reconstruction, activations)`."""
    with torch.no_grad():
        again, acts = decode(x)
    variance = (x - x.mean(0)).square().sum()
    return float((x - again).square().sum() / variance), float((acts > 0).sum(1).double().mean())


def ours(name: str, train: Tensor, test: Tensor, seed: int, lr: float, o: argparse.Namespace):
    settings = {"k": o.k, "num_latents": o.latents, "tokens": o.steps * BATCH, "lr": lr, "seed": seed}
    trainer = make_trainer(train.shape[1], TrainerConfig(name, **settings, dead_after=50_000))
    for x in batches(train, o.steps, seed):
        trainer.step(x)
    found = evaluate(trainer.sae(), test)
    return found.fvu, found.l0


def batches(train: Tensor, steps: int, seed: int):
    draw = torch.Generator().manual_seed(seed + 100)
    return (train[torch.randint(len(train), (BATCH,), generator=draw)] for _ in range(steps))


def sparsify(name: str, train: Tensor, test: Tensor, seed: int, lr: float, o: argparse.Namespace):
    from sparsify import SparseCoder, SparseCoderConfig

    torch.manual_seed(seed)
    config = SparseCoderConfig(num_latents=o.latents, k=o.k, multi_topk=name == "multi_topk")
    sae = SparseCoder(train.shape[1], config, dtype=torch.float32)
    scale = 1 / float((train[:BATCH] - train[:BATCH].mean(0)).square().mean().sqrt())
    sae.b_dec.data = train[:BATCH].mean(0) * scale
    optimizer = torch.optim.Adam(sae.parameters(), lr=lr)
    fall = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda s: min(1, s / 30 + 0.1, (1 - s / o.steps) / 0.8)
    )
    for x in batches(train, o.steps, seed):
        sae.set_decoder_norm_to_unit_norm()
        out = sae(x * scale)
        (out.fvu + out.multi_topk_fvu / 8).backward()
        sae.remove_gradient_parallel_to_decoder_directions()
        optimizer.step()
        fall.step()
        optimizer.zero_grad()

    sae.cfg.multi_topk = False  # else it gives back the wider code

    def decode(x: Tensor) -> tuple[Tensor, Tensor]:
        out = sae(x * scale)
        return out.sae_out / scale, out.latent_acts

    return fit(test, decode)


def dictionary(
    name: str, train: Tensor, test: Tensor, seed: int, lr: float, o: argparse.Namespace, penalty: float = 0.0
):
    from dictionary_learning.trainers.batch_top_k import BatchTopKTrainer
    from dictionary_learning.trainers.gdm import GatedSAETrainer
    from dictionary_learning.trainers.jumprelu import JumpReluTrainer
    from dictionary_learning.trainers.matryoshka_batch_top_k import MatryoshkaBatchTopKTrainer
    from dictionary_learning.trainers.standard import StandardTrainer

    common = {
        "steps": o.steps, "activation_dim": train.shape[1], "dict_size": o.latents, "layer": 0,
        "lm_name": "-", "lr": lr, "warmup_steps": o.steps // 20, "decay_start": int(o.steps * 0.8),
        "seed": seed, "device": "cpu",
    }  # fmt: skip
    warm, threshold = {"sparsity_warmup_steps": o.steps // 10}, {"threshold_start_step": o.steps // 10}
    groups = [1 / 32, 1 / 16, 1 / 8, 1 / 4, 17 / 32]
    kinds = {
        "batch_topk": (BatchTopKTrainer, {"k": o.k, **threshold}),
        "matryoshka": (MatryoshkaBatchTopKTrainer, {"k": o.k, "group_fractions": groups, **threshold}),
        "jumprelu": (JumpReluTrainer, {"target_l0": o.k, **warm}),
        "gated": (GatedSAETrainer, {"l1_penalty": penalty, **warm}),
        "relu": (StandardTrainer, {"l1_penalty": penalty, **warm}),
    }
    kind, more = kinds[name]
    # Its own normalisation: mean squared norm 1. The mean is taken off, for those without a bias to hold it.
    middle = train.mean(0)
    scale = 1 / float((train - middle).square().sum(1).mean().sqrt())
    trainer = kind(**common, **more)
    for step, x in enumerate(batches(train, o.steps, seed)):
        trainer.update(step, (x - middle) * scale)

    def decode(x: Tensor) -> tuple[Tensor, Tensor]:
        acts = trainer.ae.encode((x - middle) * scale)
        return trainer.ae.decode(acts) / scale + middle, acts

    return fit(test, decode)


def by_rate(run: Callable[..., tuple[float, float]], *given, **more) -> list[tuple[float, float]]:
    """Mean (FVU, L0) over seeds at each learning rate."""
    name, train, test, o = given
    runs = [[run(name, train, test, seed, lr, o, **more) for seed in range(o.seeds)] for lr in RATES]
    return [tuple(np.mean(found, axis=0)) for found in runs]


def best(found: list[tuple[float, float]], k: int) -> tuple[float, float]:
    """The lowest FVU among those whose L0 is what was asked for, as far as there are any."""
    return min(found, key=lambda pair: (max(0.1, abs(pair[1] / k - 1)), pair[0]))


def peer(
    name: str, train: Tensor, test: Tensor, o: argparse.Namespace, l0: float
) -> tuple[float, float, str]:
    """(FVU, L0, library) of the reference at our L0."""
    if name in ("topk", "multi_topk"):
        return *best(by_rate(sparsify, name, train, test, o), o.k), "eai-sparsify"
    if name not in PENALTIES:
        return *best(by_rate(dictionary, name, train, test, o), o.k), "dictionary-learning"
    curves = [by_rate(dictionary, name, train, test, o, penalty=p) for p in PENALTIES[name]]
    at_l0 = []
    for points in zip(*curves, strict=True):  # one learning rate, all penalties
        fvu, reached = zip(*sorted(points, key=lambda pair: pair[1]), strict=True)
        at_l0.append((float(np.interp(l0, reached, fvu)), float(np.clip(l0, reached[0], reached[-1]))))
    return *best(at_l0, l0), "dictionary-learning"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for option, default in (("steps", 600), ("latents", 512), ("k", 16), ("seeds", 3), ("scenes", 300)):
        parser.add_argument(f"--{option}", type=int, default=default)
    parser.add_argument("--only", nargs="*", choices=ARCHITECTURES, default=ARCHITECTURES)
    o = parser.parse_args()
    torch.set_num_threads(1)
    x = vectors(o.scenes)
    held = min(HELD, len(x) // 4)
    test, train = x[:held], x[held:]
    print(f"{len(train):,} vectors of {x.shape[1]}; {o.steps} steps of {BATCH}, {o.latents} latents, k {o.k}")
    for name in o.only:
        fvu, l0 = best(by_rate(ours, name, train, test, o), o.k)
        line = f"{name:12s} ours FVU {fvu:.4f} at L0 {l0:5.1f}"
        try:
            theirs, reached, library = peer(name, train, test, o, l0)
            line += f"   {library} {theirs:.4f} at L0 {reached:5.1f}   ratio {fvu / theirs:.3f}"
        except ImportError as error:
            line += f"   (no peer: {error})"
        print(line, flush=True)


if __name__ == "__main__":
    main()
