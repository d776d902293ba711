"""How fast and how small the streaming aggregator is, beside a plain one that lists every activation.

    python tests/benchmarks/bench_topk.py                      # 38.4 million activations, 8,192 latents
    python tests/benchmarks/bench_topk.py --latents 131072 --samples 400 --k 256 --full

Each part runs in a process of its own, one thread, CPU seconds; memory is the growth of the peak resident
set over that of the generated data. Both sides keep the top 20 samples of each latent by mean activation
with their maps; `--full` adds stratified and silent examples and the second modality.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator

import numpy as np

TOP = 20


def activations(args: argparse.Namespace) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Random codes from one pool, the latents drawn as unevenly as those of an SAE."""
    rng = np.random.default_rng(0)
    rows = args.tokens * 8
    skewed = (rng.random((rows, args.k)) ** 1.5 * args.latents).astype(np.int32)
    values = rng.gamma(2.0, 0.5, (rows, args.k)).astype(np.float32)
    for number in range(args.samples):
        start = int(rng.integers(0, rows - args.tokens))
        shift = np.int32(rng.integers(0, args.latents))
        indices = (skewed[start : start + args.tokens] + shift) % args.latents
        yield f"sample-{number:06d}", indices, values[start : start + args.tokens]


def streaming(args: argparse.Namespace) -> dict[str, float]:
    from models.topk import TopExamples

    extra = 20 if args.full else 0
    found = TopExamples(args.latents, TOP, extra, extra)
    none = (np.zeros((0, args.k), np.int32), np.zeros((0, args.k), np.float32))
    start = peak()
    spent = 0.0
    for name, indices, values in activations(args):
        half = args.tokens // 8 if args.full else 0
        text = (indices[:half], values[:half]) if half else none
        image = (indices[half:], values[half:])
        begun = time.process_time()
        found.add(name, args.tokens - half, half, image, text)
        spent += time.process_time() - begun
    begun = time.process_time()
    kept = found.kept()
    spent += time.process_time() - begun
    checked = [[(e.sample_id, e.score) for e in kept.evidence(n).examples[:TOP]] for n in range(8)]
    pairs = found.keeper.pairs
    return {"seconds": spent, "mib": peak() - start, "kept": len(pairs), "kept_mib": pairs.nbytes / 2**20,
            "checked": checked}  # fmt: skip


def plain(args: argparse.Namespace) -> dict[str, float]:
    """Every activation in one list, sorted by latent and sample: METHOD 1 word for word."""
    start = peak()
    spent = 0.0
    names, latents, samples, tokens, scores = [], [], [], [], []
    for number, (name, indices, values) in enumerate(activations(args)):
        begun = time.process_time()
        names.append(name)
        latents.append(indices.ravel().astype(np.int64))
        samples.append(np.full(indices.size, number, np.int64))
        tokens.append(np.repeat(np.arange(len(indices)), args.k))
        scores.append(values.ravel().copy())
        spent += time.process_time() - begun
    begun = time.process_time()
    columns = [np.concatenate(part) for part in (latents, samples, tokens, scores)]
    order = np.lexsort((columns[1], columns[0]))
    latent, sample, _, value = (column[order] for column in columns)
    edge = np.flatnonzero(np.append(True, (latent[1:] != latent[:-1]) | (sample[1:] != sample[:-1])))
    mean = (np.add.reduceat(value.astype(np.float64), edge) / args.tokens).astype(np.float32)
    best: dict[int, list[tuple[float, str]]] = {}
    for neuron, row, score in zip(latent[edge], sample[edge], mean, strict=True):
        best.setdefault(int(neuron), []).append((float(-score), names[row]))
    kept = {neuron: sorted(pairs)[:TOP] for neuron, pairs in best.items()}
    spent += time.process_time() - begun
    checked = [[(name, -score) for score, name in kept.get(n, [])] for n in range(8)]
    return {"seconds": spent, "mib": peak() - start, "checked": checked}


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measured(name: str, given: list[str]) -> dict[str, float]:
    command = [sys.executable, __file__, *given, "--part", name]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--latents", type=int, default=8192)
    parser.add_argument("--samples", type=int, default=2000)
    parser.add_argument("--tokens", type=int, default=600)
    parser.add_argument("--k", type=int, default=32)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--only-streaming", action="store_true")
    parser.add_argument("--part", choices=["streaming", "plain"])
    args = parser.parse_args()
    if args.part:
        print(json.dumps({"streaming": streaming, "plain": plain}[args.part](args)))
        return
    count = args.samples * args.tokens * args.k
    print(f"{count / 1e6:.1f} million activations, {args.latents} latents, {args.samples} samples")
    ours = measured("streaming", sys.argv[1:])
    print(f"streaming: {ours['seconds']:.1f} s CPU, {ours['mib']:.0f} MiB; kept {ours['kept']} pairs, "
          f"{ours['kept_mib']:.0f} MiB")  # fmt: skip
    if not args.only_streaming:
        theirs = measured("plain", sys.argv[1:])
        print(f"plain:     {theirs['seconds']:.1f} s CPU, {theirs['mib']:.0f} MiB")
        print(f"ratio:     {theirs['seconds'] / ours['seconds']:.1f} x in time")
        if not args.full:
            same = ours["checked"] == theirs["checked"]
            print(f"the first 8 latents agree: {same}")
            assert same


if __name__ == "__main__":
    main()
