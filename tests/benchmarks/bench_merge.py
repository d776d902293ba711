"""Merging three annotators' copies of 10,000 annotations each, and what the window reads afterwards.

    python tests/benchmarks/bench_merge.py [--neurons N] [--annotations M]

Each annotator decides, classes and rates, on overlapping neurons; the merge checks every hash, lists all
conflicts, makes a backup and writes in one transaction. Beside it as a yardstick: the same events read from
the copies and inserted into an empty table, without any check.
"""

from __future__ import annotations

import argparse
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from studio.domain.neuron import HISTOGRAM_BINS, NeuronStats, SideStats
from studio.services.adjudication import differing_neurons
from studio.services.agreement import agreement_of, read_agreement
from studio.services.annotate import Act, annotate_many
from studio.services.assign import assign, plan_batches
from studio.services.copies import make_copy
from studio.services.merge import merge_copies, preview_copies
from studio.services.queues import queues
from studio.storage.event_codec import COLUMNS
from studio.storage.project import Project

PEOPLE = ("Ada", "Bo", "Cy")
CLASSES = ("visual", "textual", "multimodal", "unclear")


def main() -> None:
    parser = argparse.ArgumentParser(description="Time the merge of three annotators' copies.")
    parser.add_argument("--neurons", type=int, default=131_072)
    parser.add_argument("--annotations", type=int, default=10_000, help="Events of each annotator.")
    given = parser.parse_args()
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copies = write_copies(folder, given.neurons, given.annotations, rng)
        plain = once("plain insert of the same events", lambda: insert_plainly(folder, copies))
        with Project.open(folder / "lead.cstudio") as lead:
            preview = once("preview", lambda: preview_copies(lead, copies))
            cpu, report = once("merge of the three copies", lambda: merge_copies(lead, copies))
            assert list(report.copies) == preview[1]
            print(f"{'':>40}  {cpu / plain[0]:8.1f} x the processor time of the plain insert")
            print(f"{'':>40}  {lead.events.count():,} events, {len(report.conflicts):,} conflicts")
            once("again: nothing new", lambda: merge_copies(lead, copies))
            once("queues of an annotator", lambda: queues(lead, "Ada"))
            once("adjudication queue", lambda: differing_neurons(lead, "Ada"))
            data = once("agreement: read", lambda: read_agreement(lead))[1]
            once("agreement: 1,000 draws of everything", lambda: agreement_of(data))
            plan = plan_batches(lead, PEOPLE, 10_000, 2)
            once(f"assign {len(plan.annotators):,} neurons", lambda: assign(lead, "Lead", plan))
            once("copy for an annotator", lambda: make_copy(lead, "Ada", folder / "a.cstudio"))


def write_copies(folder: Path, neurons: int, annotations: int, rng: np.random.Generator) -> list[Path]:
    """Three copies of one project in which everybody works through neurons of their own draw, most of them
    shared. Each decision is three fields of one event; each annotator writes `annotations` events."""
    origin = folder / "lead.cstudio"
    with Project.create(origin) as project:
        project.neurons.write(NeuronStats(side(neurons, rng), side(neurons, rng)))
    copies = []
    pool = rng.permutation(neurons)[: int(annotations * 1.25)]
    for who in PEOPLE:
        path = folder / f"{who}.cstudio"
        shutil.copy(origin, path)
        with Project.open(path) as project:
            chosen = rng.permutation(pool)[:annotations].tolist()
            annotate_many(project, who, [Act(int(n), words(int(n), rng)) for n in chosen])
        copies.append(path)
    return copies


def words(neuron: int, rng: np.random.Generator) -> dict[str, Any]:
    rejected = rng.random() < 0.1
    return {
        "decision": "rejected" if rejected else "accepted",
        "concept": None if rejected else f"concept {neuron if rng.random() < 0.9 else 0}",
        "modality": CLASSES[neuron % 4 if rng.random() < 0.85 else int(rng.integers(4))],
        "rating": int(np.clip(1 + neuron % 5 + rng.integers(-1, 2), 1, 5)),
    }


def side(n: int, rng: np.random.Generator) -> SideStats:
    tokens = rng.integers(1, 40, n)
    histogram = np.zeros((n, HISTOGRAM_BINS), np.int64)
    return SideStats(tokens, tokens, tokens * 0.5, rng.random(n), histogram, 100, 9_000)


def insert_plainly(folder: Path, copies: list[Path]) -> None:
    """What SQLite alone needs: the rows of the three files into one table with its key."""
    target = sqlite3.connect(folder / "plain.sqlite", isolation_level=None)
    target.execute(f"CREATE TABLE event({COLUMNS}, PRIMARY KEY(id))")
    target.execute("BEGIN")
    for path in copies:
        source = sqlite3.connect(path)
        rows = source.execute(f"SELECT {COLUMNS} FROM event").fetchall()
        target.executemany(f"INSERT OR IGNORE INTO event VALUES({', '.join('?' * 13)})", rows)
        source.close()
    target.execute("COMMIT")
    target.close()


def once(what: str, work: Callable[[], Any]) -> tuple[float, Any]:
    """Processor seconds, and the result; prints both times."""
    started, cpu = time.perf_counter(), time.process_time()
    result = work()
    took, cpu = time.perf_counter() - started, time.process_time() - cpu
    print(f"{what:>40}  {took:8.2f} s, CPU {cpu:6.2f} s", flush=True)
    return cpu, result


if __name__ == "__main__":
    main()
