"""How fast and how small the streaming aggregator is, beside two that list every activation.

    python tests/benchmarks/bench_topk.py                      # 38.4 million activations, 8,192 latents
    python tests/benchmarks/bench_topk.py --only loop --rounds 3
    python tests/benchmarks/bench_topk.py --latents 131072 --samples 400 --k 256 --full

"loop" goes as the paper's code does: a Python loop takes every activation of every token and appends it to
the list of its latent, and each latent's list is grouped by sample and sorted at the end. It is written
from that description, runs on the first 1/`--share` of the samples, and its time for all of them is
extrapolated in proportion (its sorting grows faster than that). "plain" lists as much, in arrays.

Each part runs in a process of its own, the sides in turn, one thread, CPU seconds (medians of the rounds);
memory is the growth of the peak resident set over that of the generated data. All keep the top 20 samples
of each latent by mean activation with their maps; `--full` adds stratified and silent examples and the
second modality.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
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


def loop(args: argparse.Namespace) -> dict[str, float]:
    """Every activation of every token appended by a Python loop, sorted at the end, as the paper's code."""
    args.samples //= args.share
    start = peak()
    spent = 0.0
    listed: dict[int, list[tuple[str, int, float]]] = {}
    for name, indices, values in activations(args):
        begun = time.process_time()
        for token in range(len(indices)):
            for latent, value in zip(indices[token].tolist(), values[token].tolist(), strict=True):
                if value > 0:
                    listed.setdefault(latent, []).append((name, token, value))
        spent += time.process_time() - begun
    begun = time.process_time()
    kept = {latent: _best_samples(entries, args.tokens) for latent, entries in listed.items()}
    spent += time.process_time() - begun
    checked = [[(name, float(np.float32(score))) for score, name, _ in kept.get(n, [])] for n in range(8)]
    return {"seconds": spent, "mib": peak() - start, "checked": checked}


def _best_samples(entries: list[tuple[str, int, float]], tokens: int) -> list[tuple[float, str, list]]:
    """The top samples of one latent by mean activation, ties by name, each with its map."""
    maps: dict[str, list[tuple[int, float]]] = {}
    for name, token, value in entries:
        maps.setdefault(name, []).append((token, value))
    scored = [(sum(value for _, value in map_) / tokens, name, map_) for name, map_ in maps.items()]
    scored.sort(key=lambda one: (-np.float32(one[0]), one[1]))
    return scored[:TOP]


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


PARTS = {"streaming": streaming, "plain": plain, "loop": loop}


def measured(name: str, given: list[str]) -> dict[str, float]:
    command = [sys.executable, __file__, *given, "--part", name]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def in_turn(names: list[str], rounds: int, given: list[str]) -> dict[str, dict[str, float]]:
    """Run the parts one after another, `rounds` times; of each the last result, with the median seconds."""
    runs = [{name: measured(name, given) for name in names} for _ in range(rounds)]
    last = runs[-1]
    for name in names:
        last[name]["seconds"] = statistics.median(run[name]["seconds"] for run in runs)
    return last


def compare(found: dict[str, dict[str, float]], args: argparse.Namespace) -> None:
    """Print each contender's figures and how many times ours they are."""
    for name in found.keys() - {"streaming"}:
        seconds, share = found[name]["seconds"], args.share if name == "loop" else 1
        whole = seconds * share
        what = f", {whole:.0f} s for all {args.samples}, extrapolated" if share > 1 else ""
        print(f"{name + ':':10} {seconds:.1f} s CPU for {args.samples // share} samples{what}; "
              f"{found[name]['mib']:.0f} MiB")  # fmt: skip
        print(f"ratio:     {whole / found['streaming']['seconds']:.1f} x in time")


def check(found: dict[str, dict[str, float]], given: list[str], args: argparse.Namespace) -> None:
    """The contenders keep what ours keeps, for eight latents."""
    for name in found.keys() - {"streaming"}:
        ours = found["streaming"]
        if name == "loop":
            ours = measured("streaming", [*given, "--samples", str(args.samples // args.share)])
        same = ours["checked"] == found[name]["checked"]
        print(f"the first 8 latents agree with {name}: {same}")
        assert same


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--latents", type=int, default=8192)
    parser.add_argument("--samples", type=int, default=2000)
    parser.add_argument("--tokens", type=int, default=600)
    parser.add_argument("--k", type=int, default=32)
    parser.add_argument("--share", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--only", choices=PARTS)
    parser.add_argument("--part", choices=PARTS)
    args = parser.parse_args()
    if args.part:
        print(json.dumps(PARTS[args.part](args)))
        return
    given = sys.argv[1:]
    names = list(PARTS) if args.only is None else list(dict.fromkeys(["streaming", args.only]))
    count = args.samples * args.tokens * args.k
    print(f"{count / 1e6:.1f} million activations, {args.latents} latents, {args.samples} samples")
    found = in_turn(names, args.rounds, given)
    ours = found["streaming"]
    print(f"streaming: {ours['seconds']:.1f} s CPU, {ours['mib']:.0f} MiB; kept {ours['kept']} pairs, "
          f"{ours['kept_mib']:.0f} MiB")  # fmt: skip
    compare(found, args)
    if not args.full:
        check(found, given, args)


if __name__ == "__main__":
    main()
