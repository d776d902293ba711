"""Encoding with a large SAE: ours against eai-sparsify's own `SparseCoder.encode`.

    python tests/benchmarks/bench_sae_encode.py [--d 4096 --n 131072 --k 256] [--rows 512] [--rounds 2]

Where eai-sparsify is not installed, the plain float32 way that it takes (product, ReLU, top-k) stands for it
and is named so. One thread, interleaved rounds, CPU seconds (user and system). Needs about 5 GB at the
default size. Prints the ratio, the recall of our latents against float32's, and the memory held beside the
weights and their bfloat16 copy.
"""

from __future__ import annotations

import argparse
import statistics
import time

import torch

from models.sae.encoder import Encoder

#: Rows of the plain way at a time: its buffers are as large as ours then.
PLAIN_ROWS = 256


def plain(
    x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor, k: int
) -> tuple[torch.Tensor, torch.Tensor]:
    parts = []
    for rows in x.split(PLAIN_ROWS):
        pre = torch.nn.functional.relu(torch.nn.functional.linear(rows, weight, bias))
        parts.append(pre.topk(k, dim=1, sorted=False))
    return torch.cat([p.values for p in parts]), torch.cat([p.indices for p in parts])


def peer(weight: torch.Tensor, bias: torch.Tensor, k: int):
    """eai-sparsify's encoder with these weights: its name and a function of x; None where not installed."""
    try:
        from sparsify import SparseCoder, SparseCoderConfig
    except ImportError:
        return None
    config = SparseCoderConfig(num_latents=1, k=k)
    coder = SparseCoder(weight.shape[1], config, decoder=False)
    coder.encoder.weight.data, coder.encoder.bias.data = weight, bias

    def encode(x: torch.Tensor, *_) -> tuple[torch.Tensor, torch.Tensor]:
        with torch.no_grad():
            parts = [coder.encode(rows)[:2] for rows in x.split(PLAIN_ROWS)]
        return tuple(torch.cat(column) for column in zip(*parts))

    return encode


def inputs(rows: int, d: int) -> torch.Tensor:
    """Correlated rows with a falling spectrum, as hidden states have."""
    draw = torch.Generator().manual_seed(1)
    low = torch.randn(rows, d // 8, generator=draw) @ torch.randn(d // 8, d, generator=draw)
    return low / (d // 8) ** 0.5 + 0.3 * torch.randn(rows, d, generator=draw)


def recall(ours: torch.Tensor, exact: torch.Tensor) -> float:
    hits = sum(len(set(a.tolist()) & set(b.tolist())) for a, b in zip(ours, exact))
    return hits / exact.numel()


def timed(work, *arguments):
    started = time.process_time()
    result = work(*arguments)
    return time.process_time() - started, result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, default in (("d", 4096), ("n", 131072), ("k", 256), ("rows", 512), ("rounds", 2)):
        parser.add_argument(f"--{name}", type=int, default=default)
    o = parser.parse_args()
    torch.set_num_threads(1)
    draw = torch.Generator().manual_seed(0)
    weight = torch.randn(o.n, o.d, generator=draw).div_(o.d**0.5)
    bias = torch.randn(o.n, generator=draw) * 0.1
    x, encoder = inputs(o.rows, o.d), Encoder(weight, bias)
    sparsify = peer(weight, bias, o.k)
    name = "eai-sparsify" if sparsify else "plain float32"
    ours, theirs = [], []
    for _ in range(o.rounds):
        taken, (_, latents) = timed(encoder.top, x, o.k)
        ours.append(taken)
        taken, (_, exact) = timed(sparsify or plain, x, weight, bias, o.k)
        theirs.append(taken)
    a, b = statistics.median(ours), statistics.median(theirs)
    print(f"d {o.d}, n {o.n}, k {o.k}, {o.rows} rows; bf16 screen: {encoder.screens}")
    print(f"ours {o.rows / a:.0f} vectors/s, {name} {o.rows / b:.0f} vectors/s, ratio {b / a:.2f}")
    held = encoder.held_bytes() / 1e6
    print(f"recall {recall(latents, exact):.6f}, buffer {held:.0f} MB, rows recomputed {encoder.mended}")


if __name__ == "__main__":
    main()
