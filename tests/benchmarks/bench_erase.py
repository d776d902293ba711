"""Erase to verify: how long the window waits for a neuron's new activation, on the demo.

    python tests/benchmarks/bench_erase.py DIR/scenes-demo.cstudio [--edits 40]

Edits are sent as the window sends them, through the compute child, after its pause. To be reached: less than
a second. The first run loads the model and is given apart.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

import numpy as np

PATIENCE = 120.0


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("project", type=Path)
    parser.add_argument("--edits", type=int, default=40)
    given = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    first, later = measure(given.project, given.edits)
    print(f"first run, with the model loaded   {first:6.2f} s")
    p50, p95, longest = np.percentile(later, [50, 95, 100])
    print(f"an edit: p50 {p50:.3f} s, p95 {p95:.3f} s, longest {longest:.3f} s over {len(later)} edits")


def measure(path: Path, edits: int) -> tuple[float, list[float]]:
    """Seconds from the edit to the result: of the first run, and of each later edit."""
    from PySide6.QtCore import QCoreApplication
    from PySide6.QtTest import QTest

    from studio.services import projects
    from studio.services.reactivate import Edits
    from studio.ui.job_runner import JobRunner
    from studio.ui.review.erase_run import EraseRun

    app = QCoreApplication.instance() or QCoreApplication([])  # kept as long as its event loop is needed
    runner = JobRunner()
    run, found = EraseRun(runner), []
    run.found.connect(found.append)
    run.failed.connect(found.append)

    def waited(started: float) -> float:
        while not found and time.perf_counter() - started < PATIENCE:
            QTest.qWait(1)
        if not found or isinstance(found[0], str):
            raise SystemExit(f"No result: {found}")
        found.clear()
        return time.perf_counter() - started

    with projects.open_project(path) as project:
        neuron = int(np.argmax(project.neurons.column("image", "sum")))
        example = project.evidence.get(neuron).examples[0]
        sample = project.samples.get([example.sample_id])[example.sample_id]
    opened: list[object] = []
    runner.swap_project("open", projects.open_project, path, done=opened.append)
    started = time.perf_counter()
    while not opened and time.perf_counter() - started < PATIENCE:
        QTest.qWait(1)
    started = time.perf_counter()
    run.start(neuron, sample)
    first, later = waited(started), []
    rng = np.random.default_rng(0)
    for _ in range(edits):
        x, y = rng.uniform(0, 0.8, 2) * (sample.width, sample.height)
        box = (float(x), float(y), float(x + 0.2 * sample.width), float(y + 0.2 * sample.height))
        started = time.perf_counter()
        run.edit(Edits((box,), "mean"))
        later.append(waited(started))
    runner.shutdown()
    app.quit()
    return first, later


if __name__ == "__main__":
    main()
