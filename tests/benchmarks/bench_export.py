"""Import and export of 131,072 labels: seconds, CPU seconds, rows a CPU second, and how far memory
rises while rows stream. How long history, queues and agreement take to read at that size stands beside it.

    python tests/benchmarks/bench_export.py [--neurons 131072] [--folder DIR]

Memory is the peak of this process above what it was when the labels had been read, in MB: it should not grow
with the number of rows, save for the labels themselves, which filters look at. Each neuron has 20 examples.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import psutil
from bench_project import write_bundle

from studio.domain.export import ExportFilter
from studio.services.agreement import read_agreement
from studio.services.export import export
from studio.services.export.labelled import read_labelled
from studio.services.history_check import check_history
from studio.services.importing import import_labels, plan_import
from studio.services.merge import merge_bundle
from studio.services.queues import queues
from studio.storage.project import Project

FORMATS = ("csv", "parquet", "neuronpedia", "jsonl", "hub")


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--neurons", type=int, default=131_072)
    options.add_argument("--folder", type=Path)
    options.add_argument("--formats", nargs="*", default=FORMATS)
    given = options.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        measure(Path(folder), given.neurons, given.formats)


def measure(folder: Path, n: int, formats: tuple[str, ...]) -> None:
    import numpy as np

    write_bundle(folder / "run.bundle", n, np.random.default_rng(0))
    with Project.create(folder / "big.cstudio") as project:
        merge_bundle(project, folder / "run.bundle")
        (folder / "run.bundle").unlink()
        about = {"model": {"model": "llava-next"}, "layer": 24, "sae": {"source": "sae-131k"}}
        project.runs.finish(project.runs.start("extract", about), {})
        table = folder / "labels.jsonl"
        with open(table, "w") as file:
            for neuron in range(n):
                row = {"neuron": neuron, "decision": "edited", "concept": f"concept {neuron}", "rating": 4}
                file.write(json.dumps({**row, "modality": "visual"}) + "\n")
        plan = timed("plan the import", n, lambda: plan_import(project, table, "Ada"))
        timed("import", n, lambda: import_labels(project, plan))
        labelled = timed("read what filters look at", n, lambda: read_labelled(project))
        timed("count rows", n, lambda: labelled.count(ExportFilter(reviewed=True, min_agreement=0.5)))
        timed("count rows, reviewed", n, lambda: labelled.count(ExportFilter(reviewed=True)))
        timed("read the queues", n, lambda: queues(project, "Ada"))
        timed("look through the history", n, lambda: check_history(project, seconds=1e9))
        timed("read for the agreement", n, lambda: read_agreement(project))
        for form in formats:
            out = folder / f"out.{form}"
            timed(f"export {form}", n, lambda out=out, form=form: export(project, out, form, reviewed=True))
            size = sum(p.stat().st_size for p in ([out] if out.is_file() else out.rglob("*")))
            print(f"{'':>28}  {size / 1e6:8.1f} MB written")


def timed(what: str, n: int, work: Callable[[], Any]) -> Any:
    process, peak, done = psutil.Process(), [0], threading.Event()
    before = process.memory_info().rss

    def watch() -> None:
        while not done.wait(0.02):
            peak[0] = max(peak[0], process.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    start, cpu = time.perf_counter(), time.process_time()
    result = work()
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    done.set()
    watcher.join()
    rise = max(peak[0] - before, 0) / 1e6
    rows = f"{n / max(cpu, 1e-9):10,.0f} rows a CPU second"
    print(f"{what:>28}  {seconds:8.2f} s, CPU {cpu:7.2f}  {rows}  {rise:8.1f} MB more", flush=True)
    return result


if __name__ == "__main__":
    main()
