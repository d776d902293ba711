"""Planted truth on many seeds: class macro-F1, unimodal neurons called multimodal, concept top-1.

    python tests/benchmarks/bench_planted.py [--seeds 21 22 23] [--noise 0.05 0.3] [--neurons 300]

To be reached: macro-F1 >= 0.95 at 5 % noise and >= 0.85 at 30 %, at most 5 % called multimodal, top-1 >= 0.95
at 5 %. Every seed draws other scenes, concepts, classes and noise.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from studio.cli.progress import Terminal
from studio.services.planted_plan import PlantSpec
from studio.services.planted_result import planted_study


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, nargs="+", default=[21, 22, 23])
    parser.add_argument("--noise", type=float, nargs="+", default=[0.05, 0.3])
    parser.add_argument("--neurons", type=int, nargs="+", default=[300])
    parser.add_argument("--overlap", type=float, default=0.0)
    given = parser.parse_args()
    print("noise  neurons  seed  macro-F1  called multimodal  concept top-1  seconds")
    for noise in given.noise:
        for neurons in given.neurons:
            for seed in given.seeds:
                spec = PlantSpec(neurons, 2000, noise, noise, given.overlap, seed)
                started = time.perf_counter()
                with tempfile.TemporaryDirectory() as folder, Terminal(quiet=True) as quiet:
                    found = planted_study(spec, Path(folder) / "planted.cstudio", quiet)
                print(
                    f"{noise:5.2f}  {neurons:7d}  {seed:4d}  {found.macro_f1:8.3f}  "
                    f"{found.called_multimodal:17.1%}  {found.concept_top1:13.1%}  "
                    f"{time.perf_counter() - started:7.1f}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
