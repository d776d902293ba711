"""Make the demo project and print what the README says of it: times, fit of the SAE, kinds of neurons.

    python tests/benchmarks/bench_demo.py [--dir DIR]

Without --dir the demo is made in a temporary folder. Proposals against the truth are measured by
bench_proposals.py on the same folder.
"""

from __future__ import annotations

import argparse
import contextlib
import tempfile
import time
from pathlib import Path

import numpy as np

from studio.cli.progress import Terminal
from studio.services import demo, projects, steps
from studio.storage.project import Project


def make(folder: Path) -> None:
    """Run the demo's steps one by one and print how long each took."""
    plan = demo.demo_plan(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with projects.open_or_create(Path(plan.path), plan.title) as project, Terminal(quiet=True) as quiet:
        total = 0.0
        for step in demo.demo_steps(folder):
            started = time.perf_counter()
            steps.run_steps(project, [step], quiet)
            seconds = time.perf_counter() - started
            total += seconds
            print(f"{step.title:<24}{seconds:7.1f} s", flush=True)
        demo.mark_complete(project)
        print(f"{'pipeline':<24}{total:7.1f} s")


def report(project: Project) -> None:
    """Fit on held-out scenes, dead latents, and how many live neurons there are of each kind."""
    run = project.runs.last("train")
    fit = dict(run.summary or {}) if run else {}
    for name in ("fvu_image", "fvu_text", "fvu", "l0", "dead", "measured_on", "num_latents", "k", "tokens"):
        value = fit.get(name)
        print(f"{name:<24}{value:10.4f}" if isinstance(value, float) else f"{name:<24}{value!s:>10}")
    stats = project.neurons.stats()
    share = stats.image_share[stats.live]
    print(f"{'live neurons':<24}{int(stats.live.sum()):10d} of {len(stats.live)}")
    print(f"{'image share > 0.9':<24}{int(np.sum(share > 0.9)):10d}")
    print(f"{'image share 0.2 to 0.8':<24}{int(np.sum((share >= 0.2) & (share <= 0.8))):10d}")
    print(f"{'image share < 0.1':<24}{int(np.sum(share < 0.1)):10d}")
    print(projects.project_info(project).summary())


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--dir", type=Path)
    given = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = given.dir or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        plan = demo.demo_plan(folder)
        if not Path(plan.path).exists():
            make(folder)
        with projects.open_project(plan.path) as project:
            report(project)


if __name__ == "__main__":
    main()
