"""Training step: ours against eai-sparsify's, interleaved in one process, one thread.

    python tests/benchmarks/bench_sae_training.py [--rounds 5] [--d 512 --n 8192 --k 32 --batch 4096]

Prints CPU milliseconds a step (absolute figures depend on the machine), the ratio of the medians, and the
FVU both reach after the same number of steps on the same batches. The peer (`pip install eai-sparsify`) is
left out, and said to be, where it is not installed.
"""

from __future__ import annotations

import argparse
import statistics
import time

import torch

from models.sae import Trainer, TrainerConfig
from models.sae.hardware import has_bf16_units


def batches(d: int, batch: int, seed: int = 0):
    """Sparse mixtures of 4 d fixed directions, and a mean."""
    draw = torch.Generator().manual_seed(seed)
    directions = torch.nn.functional.normalize(torch.randn(4 * d, d, generator=draw), dim=1)
    mean = torch.randn(d, generator=draw)
    while True:
        present = torch.rand(batch, 4 * d, generator=draw) < 16 / (4 * d)
        yield (present * torch.rand(batch, 4 * d, generator=draw)) @ directions * d**0.5 + mean


class Ours:
    name = "concept-studio"

    def __init__(self, d: int, n: int, k: int, lr: float) -> None:
        self.trainer = Trainer(d, TrainerConfig(k=k, num_latents=n, lr=lr, auxk_alpha=0.0))

    def step(self, x: torch.Tensor) -> float:
        return self.trainer.step(x).fvu


class Sparsify:
    """eai-sparsify's own modules in the order of its `Trainer.fit`, with torch's fused Adam."""

    name = "eai-sparsify"

    def __init__(self, d: int, n: int, k: int, lr: float) -> None:
        from sparsify import SparseCoder, SparseCoderConfig

        torch.manual_seed(0)
        self.sae = SparseCoder(d, SparseCoderConfig(num_latents=n, k=k), dtype=torch.float32)
        self.optimizer = torch.optim.Adam(self.sae.parameters(), lr=lr, fused=True)
        self.scale = 0.0

    def step(self, x: torch.Tensor) -> float:
        if not self.scale:
            self.scale = 1 / float((x - x.mean(0)).square().mean().sqrt())
            self.sae.b_dec.data = x.mean(0) * self.scale
        self.sae.set_decoder_norm_to_unit_norm()
        out = self.sae(x * self.scale)
        out.fvu.backward()
        self.sae.remove_gradient_parallel_to_decoder_directions()
        self.optimizer.step()
        self.optimizer.zero_grad()
        return float(out.fvu.detach())


def contenders(*sizes) -> list:
    found = [Ours(*sizes)]
    try:
        found.append(Sparsify(*sizes))
    except ImportError:
        print("eai-sparsify is not installed; it is left out (pip install eai-sparsify).")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, default in (("d", 512), ("n", 8192), ("k", 32), ("batch", 4096), ("rounds", 5)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--lr", type=float, default=1e-3)
    o = parser.parse_args()
    torch.set_num_threads(1)
    print(f"d {o.d}, n {o.n}, k {o.k}, batch {o.batch}; bf16 units: {has_bf16_units(torch.device('cpu'))}")
    runners = contenders(o.d, o.n, o.k, o.lr)
    times: dict[str, list[float]] = {r.name: [] for r in runners}
    fvu: dict[str, float] = {}
    source = batches(o.d, o.batch)
    for round_ in range(o.rounds + 1):
        x = next(source)
        for runner in runners:
            started = time.process_time()
            fvu[runner.name] = runner.step(x)
            if round_:
                times[runner.name].append(time.process_time() - started)
    for name, taken in times.items():
        middle = statistics.median(taken)
        print(f"{name:16} {middle * 1e3:8.0f} ms  {o.batch / middle:8.0f} vectors/s  FVU {fvu[name]:.4f}")
    if len(times) == 2:
        ours, theirs = (statistics.median(t) for t in times.values())
        print(f"ratio {theirs / ours:.2f}")


if __name__ == "__main__":
    main()
